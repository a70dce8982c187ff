import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {inDatabase} from '../testing/database.js';
import {doubler, scaledFiles} from '../testing/doubler.js';
import {TestRegistry} from '../testing/registry.js';
import {ask, blobRequests, visit, workerOf} from '../testing/visit.js';
import {databaseName} from './names.js';
import {fileOf, folderName, packPrefix} from './store/pack-file.js';
import {layoutPrefix} from './store/parts.js';

afterEach(closeAll);

/** One byte of a pack. */
async function spoil(pack: string, at: number): Promise<void> {
  const file = await fileOf(pack);
  const [byte] = new Uint8Array(await (await file.getFile()).slice(at, at + 1).arrayBuffer());
  const writer = await file.createWritable({keepExistingData: true});
  await writer.write({type: 'write', position: at, data: Uint8Array.of(byte! ^ 1)});
  await writer.close();
}

const letters = Array.from('abcdefghijkl', letter => letter.repeat(2 ** 19)).join('');

/** The factor is read, and what follows it is not. */
function largeWeights(): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map(scaledFiles(2, './weights/s.bin') as Map<string, Uint8Array<ArrayBuffer>>);
  const weights = new TextEncoder().encode(letters);
  weights.set(files.get('weights/s.bin')!);
  return files.set('weights/s.bin', weights);
}

test.each([
  {what: 'model in one file', files: () => new Map([['model.onnx', doubler(2, letters)]]), at: 3e6},
  {what: 'model with external data', files: largeWeights, at: 6},
])(
  'a large $what is in few files a while after it was started; the next start reads those, and only what rots comes again',
  async ({files, at}) => {
    const registry = await TestRegistry.create();
    const version = await registry.publish('1.0.0', 2, {files: files()});
    await registry.putRelease(registry.release([version]));
    const first = await client(registry);
    expect(await ask(first)).toMatchObject({y: 2});
    const {bytes} = await first.storage();
    const noted = (prefix: string) =>
      inDatabase(async db => ((await db.getAllKeys('settings')) as string[]).filter(key => key.startsWith(prefix)));
    await expect.poll(() => noted(layoutPrefix), {timeout: 20_000}).toHaveLength(1);
    expect([(await first.storage()).bytes, await ask(first)]).toMatchObject([bytes, {y: 2}]);
    await first.close();
    const before = await blobRequests(registry);
    expect(await visit(registry)).toMatchObject({y: 2, served: {source: 'model'}});
    expect(await blobRequests(registry)).toBe(before);
    const [pack, ...others] = await noted(packPrefix);
    expect(others).toEqual([]);
    await spoil(pack!, at);
    expect(await visit(registry)).toMatchObject({y: 2, served: {source: 'model'}});
    const from = at - (at % 2 ** 19);
    const [again, ...more] = (await registry.requests('/blobs/')).slice(before);
    expect([again?.range?.match(/\d+/g)?.map(Number), more]).toEqual([[from, from + 2 ** 19 - 1], []]);
  },
);

/** A large model in one file, that lies in a pack by now. */
async function packedVisit(registry: TestRegistry): Promise<void> {
  const version = await registry.publish('1.0.0', 2, {files: new Map([['model.onnx', doubler(2, letters)]])});
  await registry.putRelease(registry.release([version]));
  const first = await client(registry);
  await ask(first);
  await expect.poll(() => layoutsNoted()).toHaveLength(1);
  await first.close();
}

const layoutsNoted = () =>
  inDatabase(async db =>
    ((await db.getAllKeys('settings')) as string[]).filter(key => String(key).startsWith(layoutPrefix)),
  );

test('forget() removes packs too, right after a start that reads one', async () => {
  const registry = await TestRegistry.create();
  await packedVisit(registry);
  const kedge = await client(registry);
  await kedge.forget();
  const root = await navigator.storage.getDirectory();
  await expect(root.getDirectoryHandle(folderName(databaseName))).rejects.toMatchObject({name: 'NotFoundError'});
});

test('a version that was whole and lacks a chunk, on a disk that is full: it runs from memory, and what is there stays', async () => {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2, {files: new Map([['model.onnx', doubler(2, letters)]])});
  await registry.putRelease(registry.release([version]));
  await visit(registry);
  const {chunks} = version.manifest.artifacts.find(({path}) => path === 'model.onnx')!;
  const gone = chunks[3]!.sha256;
  const count = () => inDatabase(db => db.count('chunks'));
  const all = await count();
  await inDatabase(async db => {
    await db.delete('chunks', gone);
    await db.delete('sizes', gone);
  });
  const before = await blobRequests(registry);
  const full = await visit(registry, {runtimes: [workerOf('full-worker')]});
  expect(full).toMatchObject({y: 2, served: {source: 'model'}});
  expect([await count(), await blobRequests(registry)]).toEqual([all - 1, before + 1]);
  expect(await visit(registry)).toMatchObject({y: 2, served: {source: 'model'}});
  expect([await count(), await blobRequests(registry)]).toEqual([all, before + 2]);
});
