import type {Manifest} from '@kedge/core';
import ownWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import ownJspi from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import {env} from 'onnxruntime-web/wasm';
import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {inDatabase} from '../../testing/database.js';
import {TestRegistry} from '../../testing/registry.js';
import {blobRequests, unreachable, x} from '../../testing/visit.js';
import type {Kedge} from '../api.js';
import {onnx} from '../onnx/index.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

afterEach(closeAll);

const path = 'ort-wasm-simd-threaded.wasm';
const version = env.versions.common;
let binary: Uint8Array<ArrayBuffer>;

const bytesOf = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
beforeAll(async () => {
  binary = await bytesOf(ownWasm);
});

/** Whose own files can't be fetched. */
const ownless = (providers: ExecutionProvider[] = ['wasm']) =>
  onnx({
    providers,
    createWorker: () => new Worker(new URL('../../testing/ownless-worker.ts', import.meta.url), {type: 'module'}),
  });
const wasmOnly = () => onnx({createWorker, providers: ['wasm']});

/** Versions that pin this binary. */
async function pinning(bytes: Uint8Array<ArrayBuffer>, change: Partial<Manifest['runtime']> = {}) {
  const registry = await TestRegistry.create();
  const file = await registry.publishBinary(path, bytes);
  const runtime = {package: 'onnxruntime-web', version, files: [file], ...change};
  const publish = (name: string, scale: number) => registry.publish(name, scale, {change: {runtime}});
  const [old, next] = [await publish('1.0.0', 2), await publish('1.1.0', 3)];
  await registry.putRelease(registry.release([old, next]));
  const requests = () => registry.requests(file.sha256);
  return {registry, file, old, next, requests};
}

async function answer(kedge: Kedge) {
  const model = await kedge.model('scale');
  const {outputs, served} = await model.predict(x);
  return {y: outputs.y!.data[0], served, problems: model.problems.map(({code, message}) => `${code}: ${message}`)};
}

// Each start compiles 14 MB: half a minute on a busy machine.
describe('a binary that the manifest pins', {timeout: 240_000}, () => {
  test('is fetched once, starts the runtime, and the app’s own is never asked for, offline neither', async () => {
    const {registry, file, old, next, requests} = await pinning(binary);
    const kedge = await client(registry, {runtimes: [ownless()]});
    const downloaded: number[] = [];
    const model = await kedge.model('scale', {
      onProgress: progress => progress.state === 'ready' && downloaded.push(progress.downloadedBytes),
    });
    expect((await model.predict(x)).outputs.y!.data[0]).toBe(2);
    expect([downloaded, model.problems]).toEqual([[old.bytes + file.bytes], []]);
    expect((await kedge.storage()).bytes).toBe(old.bytes + file.bytes);
    await kedge.close();
    expect(await requests()).not.toHaveLength(0);
    const asked = (await requests()).length;
    await registry.putRelease(registry.release([next, old], {version: 2}));
    const second = await client(registry, {runtimes: [ownless()], releaseWaitMs: 20_000});
    // Another version that pins the same: not fetched and not stored again.
    expect(await answer(second)).toMatchObject({y: 3, problems: []});
    expect((await second.storage()).bytes).toBeLessThan(old.bytes + next.bytes + file.bytes + 1);
    await second.close();
    expect(await requests()).toHaveLength(asked);
    await unreachable(registry);
    const before = await blobRequests(registry);
    const third = await client(registry, {runtimes: [ownless()]});
    expect(await answer(third)).toMatchObject({y: 3, served: {source: 'model', executionProvider: 'wasm'}});
    expect(await blobRequests(registry)).toBe(before);
  });

  test('of another version of the package is not even fetched: the app’s own serves, and it is told', async () => {
    const {registry, requests} = await pinning(binary, {version: '1.29.0'});
    const {y, served, problems} = await answer(await client(registry, {runtimes: [wasmOnly()]}));
    expect([y, served.source, await requests()]).toEqual([2, 'model', []]);
    expect(problems).toEqual([expect.stringMatching(/^runtime_unavailable: .*1\.29\.0.*app has onnxruntime-web 1\.3/)]);
  });

  test('that does not start gives way to the app’s own, in a new worker, and it is told', async () => {
    const broken = binary.slice(0, 100_000);
    const {registry} = await pinning(broken);
    const workers: Worker[] = [];
    const counted = () => {
      workers.push(createWorker());
      return workers.at(-1)!;
    };
    for (let visit = 1; visit <= 2; visit++) {
      const kedge = await client(registry, {runtimes: [onnx({createWorker: counted, providers: ['wasm']})]});
      const {y, served, problems} = await answer(kedge);
      expect([y, served.source, workers.length]).toEqual([2, 'model', 2 * visit]);
      expect(problems).toEqual([expect.stringMatching(/^runtime_unavailable: .*from the store did not start/)]);
      await kedge.close();
    }
  });

  test('may be missing, and the app’s own not come at first: it is started once more in a new worker', async () => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
    const workers: Worker[] = [];
    const first = ownless();
    const later = () => {
      workers.push(workers.length === 0 ? first.createWorker() : createWorker());
      return workers.at(-1)!;
    };
    const kedge = await client(registry, {runtimes: [onnx({createWorker: later, providers: ['wasm']})]});
    expect(await answer(kedge)).toMatchObject({y: 2, served: {executionProvider: 'wasm'}, problems: []});
    expect(workers).toHaveLength(2);
  });

  test('that can’t be had gives way to the app’s own, it is told, and the next visit fetches it', async () => {
    const {registry, file, requests} = await pinning(binary);
    await registry.putText(`/blobs/${file.sha256}`, 'gone', {status: 404});
    const first = await client(registry, {runtimes: [wasmOnly()]});
    const {y, problems} = await answer(first);
    expect([y, problems]).toEqual([2, [expect.stringMatching(/^response_invalid: /)]]);
    await first.close();
    await registry.publishBinary(path, binary);
    const asked = (await requests()).length;
    expect(await answer(await client(registry, {runtimes: [ownless()]}))).toMatchObject({y: 2, problems: []});
    expect((await requests()).length).toBeGreaterThan(asked);
  });

  test('is fetched again when the browser has removed a part of it', async () => {
    const {registry, file} = await pinning(binary);
    const first = await client(registry, {runtimes: [ownless()]});
    await answer(first);
    await first.close();
    await removeChunk(file.chunks[1]!.sha256);
    expect(await answer(await client(registry, {runtimes: [ownless()]}))).toMatchObject({y: 2, problems: []});
  });

  test('of the WebGPU build serves webgpu', async () => {
    const registry = await TestRegistry.create();
    const files = [await registry.publishBinary('ort-wasm-simd-threaded.jspi.wasm', await bytesOf(ownJspi))];
    const runtime = {package: 'onnxruntime-web', version, files};
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {runtime}})]));
    const kedge = await client(registry, {runtimes: [ownless(['webgpu'])]});
    expect(await answer(kedge)).toMatchObject({y: 2, served: {executionProvider: 'webgpu'}, problems: []});
  });
});

function removeChunk(sha256: string): Promise<void> {
  return inDatabase(async db => {
    const tx = db.transaction(['chunks', 'sizes'], 'readwrite');
    void tx.objectStore('chunks').delete(sha256);
    void tx.objectStore('sizes').delete(sha256);
    await tx.done;
  });
}
