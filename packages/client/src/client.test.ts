import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../testing/client.js';
import {TestRegistry} from '../testing/registry.js';
import type {Progress} from './api.js';
import {onnx} from './onnx/index.js';

const x = (...values: number[]) => ({x: Float32Array.from(values)});
const only = <T>(tensors: Record<string, {data: T}>) => tensors.y!.data;

afterEach(closeAll);

async function published() {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2);
  await registry.putRelease(registry.release([version]));
  return {registry, version};
}

describe('a first visit', () => {
  test('installs, tests and runs the champion', async () => {
    const {registry, version} = await published();
    const kedge = await client(registry);
    const states: Progress[] = [];
    const model = await kedge.model('scale', {onProgress: progress => states.push(progress)});
    const {outputs, served, latencyMs} = await model.predict(x(1, 2, 3));
    expect(only(outputs)).toEqual(Float32Array.of(2, 4, 6));
    expect(outputs.y!.shape).toEqual([3, 1]);
    expect(served).toEqual({
      model: 'scale',
      version: '1.0.0',
      digest: version.digest,
      experiment: null,
      variant: null,
      executionProvider: 'wasm',
      source: 'model',
      reason: 'champion',
    });
    expect(latencyMs).toBeGreaterThan(0);
    expect(states.at(-1)).toEqual({state: 'ready', provider: 'wasm', downloadedBytes: version.bytes});
    expect(states.filter(({state}) => state === 'downloading').at(-1)).toMatchObject({
      loadedBytes: version.bytes,
      totalBytes: version.bytes,
    });
    expect(states.some(({state}) => state === 'testing')).toBe(true);
  });

  test('says what is stored, and forgets it', async () => {
    const {registry, version} = await published();
    const kedge = await client(registry);
    await kedge.model('scale');
    const {kind, versions, bytes} = await kedge.storage();
    expect({kind, bytes}).toEqual({kind: 'indexeddb', bytes: version.bytes});
    expect(versions).toMatchObject([{model: 'scale', version: '1.0.0', state: 'active', bytes: version.bytes}]);
    await kedge.forget();
    const again = await client(registry, {registry: `${registry.url}/nowhere`});
    expect(await again.storage()).toMatchObject({versions: [], bytes: 0});
  });
});

describe('a second visit', () => {
  test('needs no network for model or release, and tests nothing again', async () => {
    const {registry} = await published();
    const first = await client(registry);
    await first.model('scale');
    await first.close();
    await registry.putText('/channels/prod.json', 'gone', {status: 503});
    const before = (await registry.requests()).length;
    const states: string[] = [];
    const kedge = await client(registry);
    const model = await kedge.model('scale', {onProgress: ({state}) => states.push(state)});
    expect(only((await model.predict(x(4))).outputs)).toEqual(Float32Array.of(8));
    expect(states).not.toContain('testing');
    const since = (await registry.requests()).slice(before);
    expect(since.every(({path}) => path.endsWith('prod.json'))).toBe(true);
  });
});

describe('inputs', () => {
  test.each([
    ['a wrong length', {x: new Float32Array(0)}, 'input x: expected float32[batch, 1], got 0 elements'],
    [
      'a wrong shape',
      {x: {data: new Float32Array(4), shape: [2, 2]}},
      'input x: expected float32[batch, 1], got float32[2, 2]',
    ],
    ['a shape that lies', {x: {data: new Float32Array(4), shape: [3, 1]}}, 'got float32[3, 1] with 4 elements'],
    ['a wrong dtype', {x: new Int32Array(2)}, 'got an Int32Array; pass a Float32Array'],
    ['a missing tensor', {}, 'input x: expected float32[batch, 1], got nothing'],
    ['a tensor of another name', {x: new Float32Array(1), z: new Float32Array(1)}, 'no input is named z; expected x'],
  ])('%s is refused by name, expected and got', async (_, inputs, message) => {
    const {registry} = await published();
    const model = await (await client(registry)).model('scale');
    await expect(model.predict(inputs as never)).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining(message) as string,
    });
    expect(only((await model.predict(x(1))).outputs)).toEqual(Float32Array.of(2));
  });

  test('the caller’s array survives', async () => {
    const {registry} = await published();
    const model = await (await client(registry)).model('scale');
    const mine = Float32Array.of(5);
    await model.predict({x: mine});
    expect(mine).toEqual(Float32Array.of(5));
  });
});

describe('a model that answers wrongly', () => {
  test('is refused by its golden outputs on every provider, and the baseline answers', async () => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {expectedScale: 3})]));
    const kedge = await client(registry, {runtimes: [onnx({createWorker, providers: ['wasm']})]});
    const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(7)})});
    const {outputs, served} = await model.predict(x(1));
    expect(only(outputs)).toEqual(Float32Array.of(7));
    expect(served).toMatchObject({source: 'baseline', reason: 'golden_mismatch', version: null});
    expect(model.problems[0]?.message).toContain('y[0]: expected 3, got 2');
  });

  test('leaves the manifest’s baseline, where the app has none of its own', async () => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {expectedScale: 3})]));
    const kedge = await client(registry, {runtimes: [onnx({createWorker, providers: ['wasm']})]});
    const {outputs, served} = await (await kedge.model('scale')).predict(x(1));
    expect(only(outputs)).toEqual(Float32Array.of(0.5));
    expect(served).toMatchObject({source: 'baseline', reason: 'golden_mismatch'});
  });

  test('leaves the old version serving', async () => {
    const registry = await TestRegistry.create();
    const good = await registry.publish('1.0.0', 2);
    await registry.putRelease(registry.release([good]));
    const first = await client(registry);
    await first.model('scale');
    await first.close();
    const bad = await registry.publish('1.1.0', 2.5, {expectedScale: 3});
    await registry.putRelease(registry.release([bad, good], {version: 2}));
    const kedge = await client(registry, {
      releaseWaitMs: 30_000,
      runtimes: [onnx({createWorker, providers: ['wasm']})],
    });
    const {outputs, served} = await (await kedge.model('scale')).predict(x(1));
    expect(only(outputs)).toEqual(Float32Array.of(2));
    expect(served).toMatchObject({source: 'previous', version: '1.0.0', reason: 'golden_mismatch'});
  });
});

describe('WebGPU', () => {
  test('gives the same numbers as WASM', async () => {
    const {registry} = await published();
    const kedge = await client(registry, {runtimes: [onnx({createWorker, providers: ['webgpu']})]});
    const {outputs, served} = await (await kedge.model('scale')).predict(x(1.5, -2));
    expect(served.executionProvider).toBe('webgpu');
    expect(only(outputs)).toEqual(Float32Array.of(3, -4));
  });
});

describe('control', () => {
  test('abort rejects with the signal’s reason at once', async () => {
    const {registry} = await published();
    const model = await (await client(registry)).model('scale');
    const reason = new Error('enough');
    await expect(model.predict(x(1), {signal: AbortSignal.abort(reason)})).rejects.toBe(reason);
    const controller = new AbortController();
    const pending = model.predict(x(1), {signal: controller.signal});
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(only((await model.predict(x(1))).outputs)).toEqual(Float32Array.of(2));
  });

  test('close settles what is pending, twice is safe, and further calls are refused', async () => {
    const {registry} = await published();
    const kedge = await client(registry);
    const model = await kedge.model('scale');
    const pending = model.predict(x(1));
    pending.catch(() => {});
    await kedge.close();
    await kedge.close();
    await expect(pending).rejects.toMatchObject({code: 'closed'});
    await expect(model.predict(x(1))).rejects.toMatchObject({code: 'closed'});
    await expect(kedge.model('scale')).rejects.toMatchObject({code: 'closed'});
  });

  test('a worker that dies is replaced, and the next prediction is right', async () => {
    const {registry} = await published();
    const workers: Worker[] = [];
    const tracked = () => {
      workers.push(createWorker());
      return workers.at(-1)!;
    };
    const kedge = await client(registry, {runtimes: [onnx({createWorker: tracked})]});
    const model = await kedge.model('scale');
    workers[0]!.terminate();
    workers[0]!.dispatchEvent(new ErrorEvent('error', {message: 'crashed'}));
    expect(only((await model.predict(x(3))).outputs)).toEqual(Float32Array.of(6));
    expect(workers).toHaveLength(2);
  });

  test('many predictions at once each get their own answer', async () => {
    const {registry} = await published();
    const model = await (await client(registry)).model('scale');
    const answers = await Promise.all(Array.from({length: 50}, (_, i) => model.predict(x(i))));
    expect(answers.map(({outputs}) => only(outputs)[0])).toEqual(Array.from({length: 50}, (_, i) => 2 * i));
  });
});

describe('without what is usual', () => {
  test('no worker: the app’s baseline answers, and says why', async () => {
    const {registry} = await published();
    const refuse = () => {
      throw new DOMException('refused by worker-src', 'SecurityError');
    };
    const kedge = await client(registry, {runtimes: [onnx({createWorker: refuse})]});
    const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(1)})});
    expect((await model.predict(x(1))).served).toMatchObject({source: 'baseline', reason: 'runtime_unavailable'});
  });

  test('an address that serves no worker does not hang', async () => {
    const {registry} = await published();
    const missing = () => new Worker('/nowhere/worker.js', {type: 'module'});
    const kedge = await client(registry, {runtimes: [onnx({createWorker: missing})]});
    await expect(kedge.model('scale')).rejects.toMatchObject({name: 'KedgeError'});
  });

  test('no IndexedDB: models run from memory, and storage says so', async () => {
    const {registry} = await published();
    const blind = () => new Worker(new URL('../testing/blind-worker.ts', import.meta.url), {type: 'module'});
    const kedge = await client(registry, {runtimes: [onnx({createWorker: blind})]});
    const model = await kedge.model('scale');
    expect(only((await model.predict(x(1))).outputs)).toEqual(Float32Array.of(2));
    expect((await kedge.storage()).kind).toBe('memory');
  });

  test('a full disk: the model runs from memory and says so, and what was stored before still is', async () => {
    const {registry, version} = await published();
    const first = await client(registry);
    await first.model('scale');
    await first.close();
    const next = await registry.publish('1.1.0', 3, {note: 'n'.repeat(100)});
    await registry.putRelease(registry.release([next, version], {version: 2}));
    const full = () => new Worker(new URL('../testing/full-worker.ts', import.meta.url), {type: 'module'});
    const kedge = await client(registry, {releaseWaitMs: 30_000, runtimes: [onnx({createWorker: full})]});
    const model = await kedge.model('scale');
    const {outputs, served} = await model.predict(x(1));
    expect([only(outputs)[0], served.version, model.problems.map(({code}) => code)]).toEqual([
      3,
      '1.1.0',
      ['storage_full'],
    ]);
    await kedge.close();
    await registry.putText('/channels/prod.json', 'gone', {status: 503});
    const later = await client(registry);
    const {versions} = await later.storage();
    expect(versions.find(({version: stored}) => stored === '1.0.0')).toMatchObject({state: 'active', code: null});
  });

  test('many predictions in flight when the worker dies are all answered, by one new worker', async () => {
    const {registry} = await published();
    const workers: Worker[] = [];
    const tracked = () => {
      workers.push(createWorker());
      return workers.at(-1)!;
    };
    const kedge = await client(registry, {runtimes: [onnx({createWorker: tracked})]});
    const model = await kedge.model('scale');
    const pending = Array.from({length: 20}, (_, i) => model.predict(x(i)));
    workers[0]!.terminate();
    workers[0]!.dispatchEvent(new ErrorEvent('error', {message: 'crashed'}));
    const answers = await Promise.all(pending);
    expect(answers.map(({outputs}) => only(outputs)[0])).toEqual(Array.from({length: 20}, (_, i) => 2 * i));
    expect(workers).toHaveLength(2);
  });
});
