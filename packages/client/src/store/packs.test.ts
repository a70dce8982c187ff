import {type Artifact, sha256} from '@kedge/core';
import {wrap} from 'comlink';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {inDatabase} from '../../testing/database.js';
import {testManifest} from '../../testing/manifest.js';
import type {PackingTab} from '../../testing/packing-worker.js';
import {readArtifact} from '../install/assemble.js';
import {openIndexedDb} from './indexeddb.js';
import {holding} from './lock.js';
import {fileOf as packFile, folderOf, packPrefix} from './pack-file.js';
import {isPlace} from './parts.js';
import type {CatalogRecord} from './record.js';
import {SpillStore} from './spill.js';
import type {Store, StoredChunk} from './store.js';

afterEach(() => void vi.restoreAllMocks());

const half = 500_000;

/** No two are alike. */
async function chunkOf(n: number, bytes = half): Promise<StoredChunk> {
  const data = new Uint8Array(bytes).fill(n);
  data.set([n >> 8, 1, 2, 3]);
  return {sha256: await sha256(crypto.subtle, data), data};
}

const digestOf = async (blob: Blob) => sha256(crypto.subtle, new Uint8Array(await blob.arrayBuffer()));

/** Chunks of these numbers, and the file that they make. */
async function fileOf(numbers: readonly number[], bytes = half) {
  const chunks = await Promise.all(numbers.map(n => chunkOf(n, bytes)));
  const file = new Blob(chunks.map(({data}) => data));
  const named = chunks.map(({sha256, data}) => ({sha256, bytes: data.length}));
  const artifact: Artifact = {
    path: 'model.onnx',
    sha256: await digestOf(file),
    bytes: file.size,
    chunks: named,
  };
  return {artifact, chunks, digests: named.map(each => each.sha256)};
}

type File = Awaited<ReturnType<typeof fileOf>>;

const numbers = (from: number, to: number) => Array.from({length: to - from}, (_, i) => from + i);

async function deviceWith(...files: readonly File[]) {
  const name = `packs-${crypto.randomUUID()}`;
  const store = await openIndexedDb(name);
  for (const {chunks} of files) await store.putChunks(chunks);
  return {name, store};
}

/** As a start reads it, and what is done a while after. */
async function packed(store: Store, ...files: readonly File[]): Promise<void> {
  for (const {digests} of files) await store.getChunks(digests);
  await store.pack!();
}

/** What a device holds: the size of each pack that is noted, the chunks that are in none, what is noted of packs, and how many files there are. */
async function lying(name: string) {
  const [keys, values, settings] = await inDatabase(
    db => Promise.all([db.getAllKeys('chunks'), db.getAll('chunks'), db.getAllKeys('settings')]) as Promise<string[][]>,
    name,
  );
  const noted = settings!.filter(key => key.startsWith(packPrefix));
  const packs = await Promise.all(noted.map(async key => (await (await packFile(key)).getFile()).size));
  const loose = keys!.filter((_, i) => !isPlace(values![i]));
  const files: string[] = [];
  for await (const file of (await folderOf(name)).keys()) files.push(file);
  return {packs: packs.sort((a, b) => a - b), loose, noted, files: files.length};
}

/** All of it, in its order. */
async function isRead({artifact}: File, store: Store): Promise<void> {
  expect(await sha256(crypto.subtle, await readArtifact(artifact, store))).toBe(artifact.sha256);
}

const bytesIn = async (store: Store) => [...(await store.held()).sizes.values()].reduce((sum, bytes) => sum + bytes, 0);

function recordOf(n: number, {artifact}: File): CatalogRecord {
  const times = {installedAt: 1, changedAt: 1, verifiedAt: 1, lastServedAt: null};
  const manifest = testManifest(`1.0.${n}`, [], {artifacts: [artifact]});
  return {digest: `${n}`.repeat(64), manifest, state: 'active', code: null, ...times};
}

async function noted(store: Store, ...records: readonly CatalogRecord[]): Promise<void> {
  await store.changeRecords(
    records.map(({digest}) => digest),
    (_, digest) => records.find(record => record.digest === digest),
  );
}

const removing =
  ({digest, manifest: {model, version}}: CatalogRecord) =>
  () => [{digest, model, version, bytes: 0, at: 1, reason: 'replaced' as const}];

async function changePack(name: string, change: (data: Uint8Array) => void): Promise<void> {
  const file = await packFile((await lying(name)).noted[0]!);
  const data = new Uint8Array(await (await file.getFile()).arrayBuffer());
  change(data);
  const writing = await file.createWritable();
  await writing.write(data);
  await writing.close();
}

describe('chunks that were read together', () => {
  test('are in one file after a while, come back alone and together as they were, and count as before', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    expect(await store.getChunks(file.digests)).toHaveLength(10);
    await store.pack!();
    expect(await lying(name)).toMatchObject({packs: [10 * half], loose: []});
    await isRead(file, store);
    for (const digest of file.digests) expect(await digestOf(new Blob([(await store.getChunk(digest))!]))).toBe(digest);
    expect([await bytesIn(store), (await store.hasChunks(file.digests)).size]).toEqual([10 * half, 10]);
    await store.pack!();
    expect(await lying(name)).toMatchObject({packs: [10 * half]});
  });

  test('of a large file are in several of 32 MiB, the last of which takes what is too little for one', async () => {
    const file = await fileOf(numbers(0, 18), 4e6);
    const {name, store} = await deviceWith(file);
    await packed(store, file);
    expect(await lying(name)).toMatchObject({packs: [32e6, 40e6], loose: []});
    await isRead(file, store);
  });

  test('stay where they are when they are few, or small', async () => {
    const [few, small] = [await fileOf(numbers(0, 7), 1e6), await fileOf(numbers(10, 30), 1000)];
    const {name, store} = await deviceWith(few, small);
    await packed(store, few, small);
    expect(await lying(name)).toMatchObject({packs: [], loose: {length: 27}});
  });

  test('may be the same more than once, and in more than one file', async () => {
    const [one, other] = [await fileOf([...numbers(0, 9), 3, 3]), await fileOf([...numbers(20, 29), 4, 5, 30])];
    const {name, store} = await deviceWith(one, other);
    await packed(store, one, other);
    expect(await lying(name)).toMatchObject({packs: [9 * half, 9 * half], loose: {length: 1}});
    for (const file of [one, other]) await isRead(file, store);
  });

  test('are read as well where a part of them is in memory', async () => {
    const file = await fileOf(numbers(0, 10));
    const {store} = await deviceWith(file);
    await packed(store, file);
    const spill = new SpillStore(store);
    await isRead(file, spill);
    await spill.putChunks([file.chunks[4]!]);
    await isRead(file, spill);
  });
});

describe('a pack', () => {
  test('stays while a version names any of it, and what is dead of it goes in a later idle moment', async () => {
    const [old, next] = [await fileOf(numbers(0, 10)), await fileOf([...numbers(0, 6), ...numbers(20, 24)])];
    const {name, store} = await deviceWith(old, next);
    const [first, second] = [recordOf(1, old), recordOf(2, next)];
    await noted(store, first, second);
    await packed(store, old);
    await store.sweep(removing(first));
    expect(await lying(name)).toMatchObject({packs: [10 * half], loose: {length: 4}});
    await isRead(next, store);
    expect(await bytesIn(store)).toBe(10 * half);
    await store.pack!();
    expect(await lying(name)).toMatchObject({packs: [6 * half], loose: {length: 4}});
    await isRead(next, store);
  });

  test('goes with the last chunk of it, in the same sweep', async () => {
    const [old, next] = [await fileOf(numbers(0, 10)), await fileOf(numbers(20, 30))];
    const {name, store} = await deviceWith(old, next);
    const [first, second] = [recordOf(1, old), recordOf(2, next)];
    await noted(store, first, second);
    await packed(store, old, next);
    await store.sweep(removing(first));
    expect(await lying(name)).toMatchObject({packs: [10 * half], loose: []});
    await store.sweep(removing(second));
    expect(await lying(name)).toEqual({packs: [], loose: [], noted: [], files: 0});
  });

  test('loses one chunk where one is wrong, and is whole again once that was fetched', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    await packed(store, file);
    await changePack(name, data => data.fill(9, 3 * half, 3 * half + 1));
    await expect(readArtifact(file.artifact, store)).rejects.toMatchObject({code: 'artifact_corrupt'});
    expect(file.digests.length - (await store.hasChunks(file.digests)).size).toBe(1);
    expect(await store.getChunk(file.digests[3]!)).toBeUndefined();
    await store.putChunks([file.chunks[3]!]);
    await isRead(file, store);
    await store.pack!();
    expect(await lying(name)).toMatchObject({packs: [9 * half], loose: [file.digests[3]]});
    await isRead(file, store);
  });

  test('that the browser lost takes its chunks with it, and no others', async () => {
    const [file, other] = [await fileOf(numbers(0, 10)), await fileOf(numbers(20, 30))];
    const {name, store} = await deviceWith(file, other);
    await packed(store, file);
    const [, folder, lost] = (await lying(name)).noted[0]!.split(/[:/]/);
    await (await folderOf(folder!)).removeEntry(lost!);
    await expect(readArtifact(file.artifact, store)).rejects.toMatchObject({code: 'storage_unavailable'});
    expect((await store.hasChunks([...file.digests, ...other.digests])).size).toBe(10);
    await store.putChunks(file.chunks);
    await expect
      .poll(() => packed(store, file, other).then(() => lying(name)))
      .toMatchObject({packs: [10 * half, 10 * half], loose: []});
    await isRead(file, store);
  });

  test('changes nothing for who has the chunks in hand', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    const before = (await store.getChunks(file.digests)) as Blob[];
    await store.pack!();
    expect(await digestOf(new Blob(before))).toBe(file.artifact.sha256);
    await store.dropChunks(file.digests.slice(0, 2));
    await packed(store, file);
    expect(await lying(name)).toMatchObject({packs: [8 * half], files: 1});
  });
});

const full = new DOMException('The quota is spent.', 'QuotaExceededError');

describe('packing', () => {
  test('on a full disk changes nothing', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    await store.getChunks(file.digests);
    vi.spyOn(FileSystemWritableFileStream.prototype, 'write').mockRejectedValue(full);
    await expect(store.pack!()).rejects.toBe(full);
    expect(await lying(name)).toMatchObject({packs: [], loose: {length: 10}, files: 0});
    await isRead(file, store);
  });

  test('that the database refuses to note leaves no file', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    await store.getChunks(file.digests);
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      if ((key as string).startsWith(packPrefix)) throw full;
      return put.call(this, value, key);
    });
    await expect(store.pack!()).rejects.toBe(full);
    expect(await lying(name)).toMatchObject({packs: [], loose: {length: 10}, files: 0});
    await isRead(file, store);
  });

  test('is left for another time while anybody reads or installs', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    await holding(() => packed(store, file));
    expect(await lying(name)).toMatchObject({packs: []});
    await packed(store, file);
    expect(await lying(name)).toMatchObject({packs: [10 * half]});
  });

  test('in two tabs at once is done once', async () => {
    const file = await fileOf(numbers(0, 10));
    const {name, store} = await deviceWith(file);
    const other = await openIndexedDb(name);
    await Promise.all([packed(store, file), packed(other, file)]);
    await packed(other, file);
    expect(await lying(name)).toMatchObject({packs: [10 * half], loose: []});
  });

  test('that is cut short at any moment leaves each chunk here or there', async () => {
    const file = await fileOf(numbers(0, 24), 2e6);
    for (const afterMs of [20, 40, 60, 80, 100, 150, 200, 300]) {
      const {name, store} = await deviceWith(file);
      const worker = new Worker(new URL('../../testing/packing-worker.ts', import.meta.url), {type: 'module'});
      void wrap<PackingTab>(worker).pack(name, file.digests);
      await new Promise(resolve => setTimeout(resolve, afterMs));
      worker.terminate();
      await lying(name);
      await isRead(file, store);
      await expect.poll(() => packed(store, file).then(async () => (await lying(name)).loose)).toEqual([]);
      await isRead(file, store);
      // What was cut short is tidied.
      expect((await lying(name)).files).toBe((await lying(name)).noted.length);
      await store.clear();
      expect((await lying(name)).files).toBe(0);
      store.close();
    }
  });
});

test(
  'a browser that writes the file too late holds up nobody who wants to read, and leaves no file; a later start packs',
  {timeout: 60_000},
  async () => {
    const file = await fileOf(numbers(0, 10));
    const {name: device, store} = await deviceWith(file);
    const {createWritable} = FileSystemFileHandle.prototype;
    const silent = vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (
      this: FileSystemFileHandle,
    ) {
      await new Promise(resolve => setTimeout(resolve, 11_000));
      return createWritable.call(this);
    });
    const packing = packed(store, file);
    await expect.poll(() => silent.mock.calls.length).toBe(1);
    await holding(async () => {});
    await packing;
    expect((await store.getChunks(file.digests)).filter(isPlace)).toEqual([]);
    silent.mockRestore();
    const files = async () => {
      const names = [];
      for await (const name of (await folderOf(device)).keys()) names.push(name);
      return names;
    };
    await expect.poll(files).toEqual([]);
    await packed(store, file);
    expect((await store.getChunks(file.digests)).filter(isPlace)).toHaveLength(10);
  },
);
