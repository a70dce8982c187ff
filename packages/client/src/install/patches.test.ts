import {copyOps, deltaOps, literalOps, type Patch, sha256} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {blobOf, installsOn, noise, progressLog, Shelf, type Shelved} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import type {Served} from '../../testing/file-server.js';
import type {Progress} from '../api.js';
import type {InstallWait} from '../worker/installs.js';

const chunkBytes = 64 * 1024;
const length = 12 * chunkBytes;
const live = new AbortController().signal;
const quiet = () => {};
const {current, expectWhole} = useStore();

async function gzip(parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}

/** Every chunk differs from the base by a little: chunks alone would save nothing. */
function finetuned(base: Uint8Array): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(base);
  for (let at = 0; at < target.length; at += 997) target[at]! ^= 1;
  return target;
}

const deltas = (base: Uint8Array, target: Uint8Array) => gzip(deltaOps({width: 1, isFloat: false}, 0, base, target));

interface Scene {
  shelf: Shelf;
  old: Shelved;
  next: Shelved;
  patch: {blob: Awaited<ReturnType<typeof blobOf>>; bytes: Uint8Array<ArrayBuffer>};
}

/** 1.0.0 is on the device, and 1.1.0 is published with a patch from it. */
async function scene(
  make: (base: Uint8Array, target: Uint8Array) => Promise<Uint8Array<ArrayBuffer>> = deltas,
): Promise<Scene> {
  const shelf = new Shelf();
  const old = await shelf.shelve(noise(length), {chunkBytes});
  await installsOn(current(), [shelf]).install(old.digest, {signal: live, onProgress: quiet});
  const target = finetuned(old.bytes);
  const bytes = await make(old.bytes, target);
  const blob = await blobOf(bytes, chunkBytes);
  const patch = {blob, bytes};
  await shelf.putBlob(patch);
  const entry: Patch = {artifact: 'model.onnx', base: old.blob.sha256, ...blob};
  const next = await shelf.shelve(target, {chunkBytes, version: '1.1.0', patches: [entry]});
  return {shelf, old, next, patch};
}

interface Means extends Partial<InstallWait> {
  stallMs?: number;
}

const update = ({shelf, next}: Scene, {stallMs = 15_000, ...wait}: Means = {}) =>
  installsOn(current(), [shelf], {stallMs}).install(next.digest, {signal: live, onProgress: quiet, ...wait});

describe('a patch', () => {
  test('makes the version for the bytes of the patch, and is told', async () => {
    const given = await scene();
    const {told, onProgress} = progressLog();
    const {downloadedBytes, problems} = await update(given, {onProgress});
    expect(problems).toEqual([]);
    expect(downloadedBytes).toBe(given.patch.bytes.length);
    expect(downloadedBytes).toBeLessThan(length / 10);
    expect(await given.shelf.asked(given.next.blob)).toEqual([]);
    await expectWhole(given.next);
    const [first] = told;
    expect(first).toMatchObject({state: 'downloading', totalBytes: length, reusedBytes: length - downloadedBytes});
    const patching = told.filter(({state}) => state === 'patching');
    expect(patching[0]).toEqual({state: 'patching', loadedBytes: 0, totalBytes: length});
    expect(told.at(-1)).toMatchObject({state: 'downloading', loadedBytes: length, totalBytes: length});
  });

  test('goes from the store at the next sweep after it was applied, not before', async () => {
    const given = await scene();
    await given.shelf.putBlob(given.patch, {stallAt: given.patch.bytes.length - 10});
    const controller = new AbortController();
    const install = installsOn(current(), [given.shelf], {stallMs: 60_000}).install(given.next.digest, {
      signal: controller.signal,
      onProgress: quiet,
    });
    await expect.poll(() => given.shelf.asked(given.patch.blob)).toHaveLength(1);
    controller.abort('enough');
    await expect(install).rejects.toBe('enough');
    await current().putChunks([
      {sha256: given.patch.blob.chunks[0]!.sha256, data: given.patch.bytes.slice(0, chunkBytes)},
    ]);
    await current().sweep(() => []);
    // Named by the record of a version that is on its way: it survives the sweep, and the next try asks for no byte of it.
    const {downloadedBytes} = await update(given);
    expect(downloadedBytes).toBe(Math.max(0, given.patch.bytes.length - chunkBytes));
    await expectWhole(given.next);
    await current().sweep(() => []);
    expect((await current().hasChunks(given.patch.blob.chunks.map(chunk => chunk.sha256))).size).toBe(0);
    await expectWhole(given.next);
  });

  test('is left alone where it costs more than what is missing', async () => {
    const given = await scene(async (_, target) =>
      gzip(literalOps(noise(target.length, 5)).concat(literalOps(target))),
    );
    expect((await update(given)).downloadedBytes).toBe(length);
    expect(await given.shelf.asked(given.patch.blob)).toEqual([]);
  });

  test('is left alone where it is larger than what it makes, though its content repeats', async () => {
    const given = await scene();
    const {next} = given;
    const {chunks, bytes} = given.patch.blob;
    const many = Array.from({length: Math.ceil(length / bytes) + 1}, () => chunks).flat();
    const [small] = next.manifest.patches!;
    const [sha256, manyBytes] = ['0'.repeat(64), many.reduce((sum, chunk) => sum + chunk.bytes, 0)];
    const patches = [{...small!, sha256, chunks: many, bytes: manyBytes}];
    const {digest} = await given.shelf.list({...next.manifest, patches});
    const {downloadedBytes} = await update({...given, next: {...next, digest}});
    expect([downloadedBytes, await given.shelf.asked({sha256})]).toEqual([length, []]);
  });

  test('stops where it is when the signal says so, and the next try goes on', async () => {
    const given = await scene();
    const controller = new AbortController();
    const onProgress = ({state}: Progress) => state === 'patching' && controller.abort('enough');
    await expect(update(given, {signal: controller.signal, onProgress})).rejects.toBe('enough');
    expect((await current().hasChunks(given.next.blob.chunks.map(({sha256}) => sha256))).size).toBe(0);
    expect(await update(given)).toMatchObject({downloadedBytes: 0, problems: []});
    await expectWhole(given.next);
  });

  test('is left alone where a chunk of its base is gone', async () => {
    const given = await scene();
    await current().clear();
    const {downloadedBytes, problems} = await update(given);
    expect([downloadedBytes, problems]).toEqual([length, []]);
    expect(await given.shelf.asked(given.patch.blob)).toEqual([]);
    await expectWhole(given.next);
  });
});

describe('a patch that does not work is noted, what it made right is kept, and the rest is fetched whole:', () => {
  const half = length / 2;
  const cases: [string, number, (base: Uint8Array, target: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>][] = [
    ['made for another base', length, (base, target) => deltas(new Uint8Array(base).fill(1, 0, 50), target)],
    [
      'wrong in its second half',
      half,
      async (base, target) => {
        const right = deltaOps({width: 1, isFloat: false}, 0, base.slice(0, half), target.slice(0, half));
        return gzip([...right, ...copyOps(half, half)]);
      },
    ],
    ['shorter than the file', half, (base, target) => deltas(base.slice(0, half), target.slice(0, half))],
    ['of operations that do not exist', length, async () => gzip([Uint8Array.of(9, 9, 9)])],
    ['reaching beyond its base', length, async () => gzip(copyOps(length - 10, 1000))],
    ['not compressed at all', length, async () => noise(2000, 3)],
  ];

  test.each(cases)('%s', async (_, fetchedBytes, make) => {
    const given = await scene(make);
    const {downloadedBytes, problems} = await update(given);
    expect(problems.map(({code}) => code)).toEqual(['artifact_corrupt']);
    expect(downloadedBytes).toBe(given.patch.bytes.length + fetchedBytes);
    await expectWhole(given.next);
  });

  test('longer than the file', async () => {
    const given = await scene(async (base, target) =>
      gzip([...deltaOps({width: 1, isFloat: false}, 0, base, target), ...copyOps(0, 100)]),
    );
    expect((await update(given)).problems.map(({code}) => code)).toEqual(['artifact_corrupt']);
    await expectWhole(given.next);
  });

  test('not in the registry', async () => {
    const given = await scene();
    await given.shelf.putBlob(given.patch, {status: 404});
    const {downloadedBytes, problems} = await update(given);
    expect(problems.map(({code}) => code)).toEqual(['response_invalid']);
    expect(downloadedBytes).toBeGreaterThanOrEqual(length);
    await expectWhole(given.next);
  });

  test.each<[string, Served]>([
    ['overloaded for ever', {status: 503}],
    ['always broken off', {breakAt: 10}],
    ['never answered', {silent: true}],
  ])('%s', async (_, served) => {
    const given = await scene();
    await given.shelf.putBlob(given.patch, served);
    const {problems} = await update(given, {stallMs: 1000});
    expect(problems.map(({code}) => code)).toEqual(['network']);
    expect(await given.shelf.asked(given.patch.blob)).toHaveLength(2);
    await expectWhole(given.next);
  });

  test.each<[string, Served]>([
    ['down', {status: 503}],
    ['well', {}],
  ])('not in the preferred registry, which has all the rest; the second one is %s', async (_, second) => {
    const made = await scene();
    const {shelf, next, patch} = made;
    await shelf.put(`/blobs/${patch.blob.sha256}`, new Uint8Array(1), {status: 404});
    const other = new Shelf();
    await other.put(`/blobs/${patch.blob.sha256}`, new Uint8Array(1), {status: second.status ?? 404});
    await other.putBlob(next, second);
    const install = installsOn(current(), [shelf, other]).install(next.digest, {signal: live, onProgress: quiet});
    expect((await install).problems).toHaveLength(1);
    await expectWhole(next);
    expect(await shelf.asked(next.blob)).toHaveLength(1);
    expect(await other.asked(next.blob)).toEqual([]);
  });

  test('other bytes than its address', async () => {
    const given = await scene();
    const wrong = noise(given.patch.bytes.length, 8);
    expect(await sha256(crypto.subtle, wrong)).not.toBe(given.patch.blob.sha256);
    await given.shelf.putBlob({blob: given.patch.blob, bytes: wrong});
    expect((await update(given)).problems.map(({code}) => code)).toEqual(['artifact_corrupt']);
    await expectWhole(given.next);
  });
});
