import {type Artifact, sha256} from '@kedge/core';
import {type Remote, wrap} from 'comlink';
import {afterEach, expect, test} from 'vitest';
import {noise} from '../../testing/shelf.js';
import type {LendingTab} from '../../testing/lending-worker.js';
import {openIndexedDb} from './indexeddb.js';
import {fileOf} from './pack-file.js';
import type {Store} from './store.js';

const workers: Worker[] = [];
afterEach(() => workers.splice(0).forEach(worker => worker.terminate()));

function newTab(): Remote<LendingTab> {
  const worker = new Worker(new URL('../../testing/lending-worker.ts', import.meta.url), {type: 'module'});
  workers.push(worker);
  return wrap<LendingTab>(worker);
}

/** A file of chunks of half a megabyte, in packs of at most 32 MiB. */
async function packed(bytes: number) {
  const file = noise(bytes);
  const cuts = Array.from({length: Math.ceil(bytes / 500_000)}, (_, i) => file.slice(i * 500_000, (i + 1) * 500_000));
  const stored = await Promise.all(cuts.map(async data => ({sha256: await sha256(crypto.subtle, data), data})));
  const chunks = stored.map(({sha256, data}) => ({sha256, bytes: data.length}));
  const artifact: Artifact = {path: 'model.onnx', sha256: await sha256(crypto.subtle, file), bytes, chunks};
  const name = `lent-${crypto.randomUUID()}`;
  const store = await openIndexedDb(name);
  await store.putChunks(stored);
  await newTab().pack(name, artifact);
  return {name, store, artifact, file};
}

/** Byte by byte, in no time. */
const expectSame = (found: Uint8Array<ArrayBuffer>, wanted: Uint8Array<ArrayBuffer>) =>
  expect(indexedDB.cmp(found, wanted)).toBe(0);

/** @param change what is left of it */
async function changePack(store: Store, {chunks}: Artifact, change: (data: Uint8Array) => Uint8Array<ArrayBuffer>) {
  const [part] = await store.getChunks(chunks.map(({sha256}) => sha256));
  const file = await fileOf((part as {in: string}).in);
  const writing = await file.createWritable();
  await writing.write(change(new Uint8Array(await (await file.getFile()).arrayBuffer())));
  await writing.close();
}

test('a file in packs is read piece by piece, also across two of them', async () => {
  const {name, artifact, file} = await packed(40e6);
  const tab = newTab();
  expect(await tab.open(name, artifact)).toEqual({length: 40e6, byteLength: 40e6, isLent: true});
  expectSame(await tab.subarray(31_000_000, 36_000_000), file.slice(31_000_000, 36_000_000));
  expectSame(await tab.slice(39_999_000), file.slice(39_999_000));
  expectSame(await tab.slice(), file);
  expect([await tab.at(0), await tab.at(33_500_000), await tab.at(40e6)]).toEqual([
    file[0],
    file[33_500_000],
    undefined,
  ]);
  await tab.close();
});

test('two tabs read it at once', async () => {
  const {name, artifact, file} = await packed(5e6);
  const tabs = [newTab(), newTab()];
  for (const tab of tabs) expect(await tab.open(name, artifact)).toMatchObject({isLent: true});
  for (const tab of tabs) expectSame(await tab.slice(), file);
});

test('one wrong byte is handed to nobody, and its chunk alone is dropped', async () => {
  const {name, store, artifact} = await packed(8e6);
  await changePack(store, artifact, data => Uint8Array.from(data, (byte, i) => (i === 7_900_000 ? byte ^ 1 : byte)));
  const tab = newTab();
  expect(await tab.open(name, artifact)).toMatchObject({isLent: true});
  expect(await tab.subarray(0, 7e6)).toHaveLength(7e6);
  await expect(tab.subarray(7_899_000, 7_899_001)).rejects.toThrow('not what they were');
  expect(await tab.lost()).toBe('artifact_corrupt');
  const digests = artifact.chunks.map(({sha256}) => sha256);
  expect([...(await store.hasChunks(digests))]).toEqual(digests.slice(0, 15));
});

test('a pack that lost its end is told, with the chunks that were there', async () => {
  const {name, store, artifact} = await packed(8e6);
  await changePack(store, artifact, data => data.slice(0, 6_600_000));
  const tab = newTab();
  await tab.open(name, artifact);
  await expect(tab.slice(6e6, 7e6)).rejects.toThrow('ends before');
  expect(await tab.lost()).toBe('storage_unavailable');
  expect((await store.hasChunks(artifact.chunks.map(({sha256}) => sha256))).size).toBe(13);
});

test('what is small, or in no pack, is in memory', async () => {
  const {name, artifact} = await packed(4_100_000);
  expect(await newTab().open(name, artifact)).toMatchObject({length: 4_100_000, isLent: false});
});

test('all is removed also while it is read, once that ends', async () => {
  const {name, store, artifact} = await packed(5e6);
  const tab = newTab();
  await tab.open(name, artifact);
  const cleared = store.clear();
  await new Promise(resolve => setTimeout(resolve, 300));
  await tab.close();
  await cleared;
  const root = await navigator.storage.getDirectory();
  await expect(root.getDirectoryHandle(`${name}.packs`)).rejects.toMatchObject({name: 'NotFoundError'});
});

test('a browser that does not answer when a pack is to be opened: the file is read into memory; an answer that comes late keeps nothing open', async () => {
  const {name, artifact, file} = await packed(6e6);
  const tab = newTab();
  await tab.slowly(3000);
  expect(await tab.open(name, artifact)).toEqual({length: 6e6, byteLength: 6e6, isLent: false});
  expect(await tab.areOpen()).toEqual([]);
  await expect.poll(() => tab.areOpen()).toEqual([false]);
  const other = newTab();
  expect(await other.open(name, artifact)).toMatchObject({isLent: true});
  expectSame(await other.slice(), file);
  await other.close();
});
