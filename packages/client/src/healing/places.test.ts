import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {doubler} from '../../testing/doubler.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import {layersDoubler} from '../../testing/tfjs-doubler.js';
import type {Kedge, KedgeOptions, Model, Progress} from '../api.js';
import {servingLock} from '../names.js';
import {onnx} from '../onnx/index.js';
import {tfjs} from '../tfjs/index.js';

afterEach(closeAll);

const names = ['a', 'b', 'c'];

/** Workers that were started and not ended yet. */
function watched(create: () => Worker) {
  const alive = new Set<Worker>();
  return {
    alive,
    createWorker: () => {
      const worker = create();
      const end = worker.terminate.bind(worker);
      worker.terminate = () => {
        alive.delete(worker);
        end();
      };
      alive.add(worker);
      return worker;
    },
  };
}

/** Models `a`, `b` and `c`, that multiply by 2, 3 and 4, of the same size. */
async function three(options: (bytes: number) => Partial<KedgeOptions>) {
  const registry = await TestRegistry.create();
  const published = await Promise.all(
    names.map((model, i) => {
      const files = new Map([['model.onnx', doubler(i + 2)]]);
      return registry.publish('1.0.0', i + 2, {files, change: {model}});
    }),
  );
  const models = published.map(
    ({digest, bytes}) =>
      ({champion: '1.0.0', revoked: [], enabled: true, versions: {'1.0.0': {manifest: digest, bytes}}}) as const,
  );
  await registry.putRelease(
    registry.release([published[0]!], {
      models: Object.fromEntries(names.map((name, i) => [name, models[i]!])) as never,
    }),
  );
  return client(registry, options(published[0]!.bytes));
}

const asked = async (model: Model, value = 1) => (await model.predict({x: Float32Array.of(value)})).outputs.y!.data[0];
const all = (kedge: Kedge) => Promise.all(names.map(name => kedge.model(name)));

describe('models and workers', () => {
  test('share one as long as they fit into it together', async () => {
    const {alive, createWorker: create} = watched(createWorker);
    const kedge = await three(() => ({runtimes: [onnx({createWorker: create, providers: ['wasm']})]}));
    expect(await Promise.all((await all(kedge)).map(model => asked(model)))).toEqual([2, 3, 4]);
    expect(alive.size).toBe(1);
  });

  test('one that does not fit beside the others gets its own, which ends with it', async () => {
    const {alive, createWorker: create} = watched(createWorker);
    const kedge = await three(bytes => ({
      workerBudgetBytes: 2 * bytes,
      runtimes: [onnx({createWorker: create, providers: ['wasm']})],
    }));
    // One after the other: of models that are asked for at once the last to come gets its own, whichever that is.
    const a = await kedge.model('a');
    const b = await kedge.model('b');
    const c = await kedge.model('c');
    expect([await Promise.all([a, b, c].map(model => asked(model))), alive.size]).toEqual([[2, 3, 4], 2]);
    await c.release();
    expect([await asked(a), await asked(b)]).toEqual([2, 3]);
    await expect.poll(() => alive.size).toBe(1);
    await a.release();
    const again = await kedge.model('c');
    expect([await asked(again), await asked(b), alive.size]).toEqual([4, 3, 1]);
    await kedge.close();
    expect(alive.size).toBe(0);
  });

  test('one that is larger than the budget is alone', async () => {
    const {alive, createWorker: create} = watched(createWorker);
    const kedge = await three(() => ({
      workerBudgetBytes: 1,
      runtimes: [onnx({createWorker: create, providers: ['wasm']})],
    }));
    expect(await Promise.all((await all(kedge)).map(model => asked(model)))).toEqual([2, 3, 4]);
    expect(alive.size).toBe(3);
  });

  test('a worker that is lost takes nobody else along, and its model comes back', async () => {
    const {alive, createWorker: create} = watched(createWorker);
    const kedge = await three(() => ({
      workerBudgetBytes: 1,
      runtimes: [onnx({createWorker: create, providers: ['wasm']})],
    }));
    const models = await all(kedge);
    const last = [...alive].at(-1)!;
    last.terminate();
    last.dispatchEvent(new ErrorEvent('error', {message: 'crashed'}));
    expect(await Promise.all(models.map(model => asked(model, 2)))).toEqual([4, 6, 8]);
    expect(alive.size).toBe(3);
  });

  test('the worker of a runtime that holds nothing any more ends, and starts again when it is needed', async () => {
    const registry = await TestRegistry.create();
    const change = {format: 'tfjs-layers'} as const;
    await registry.putRelease(
      registry.release([await registry.publish('1.0.0', 2, {files: layersDoubler(2), change})]),
    );
    const createTfjs = () => new Worker(new URL('../tfjs/worker.ts', import.meta.url), {type: 'module'});
    const {alive, createWorker: create} = watched(createTfjs);
    const runtimes = [onnx({createWorker}), tfjs({createWorker: create, providers: ['cpu']})];
    const kedge = await client(registry, {runtimes});
    for (let i = 0; i < 2; i++) {
      const model = await kedge.model('scale');
      expect([await asked(model), alive.size]).toEqual([2, 1]);
      await model.release();
      await expect.poll(() => alive.size).toBe(0);
    }
  });
});

describe('release', () => {
  const one = async (options: Partial<KedgeOptions> = {}) => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
    return client(registry, {runtimes: [onnx({createWorker, providers: ['wasm']})], ...options});
  };

  test('answers what was asked before, refuses what is asked after, and `model()` loads it again', async () => {
    const kedge = await one();
    const model = await kedge.model('scale');
    const pending = Array.from({length: 20}, (_, i) => asked(model, i));
    await model.release();
    await model.release();
    expect(await Promise.all(pending)).toEqual(Array.from({length: 20}, (_, i) => 2 * i));
    await expect(asked(model)).rejects.toMatchObject({
      code: 'closed',
      message: expect.stringContaining('scale was released; call model() again') as string,
    });
    expect(await asked(await kedge.model('scale'), 4)).toBe(8);
  });

  test('leaves other units of the page their session', async () => {
    const kedge = await one();
    const [mine, theirs] = [await kedge.model('scale'), await kedge.forUnit('other').model('scale')];
    await mine.release();
    expect(await asked(theirs, 3)).toBe(6);
  });

  test('beside a `model()` that begins at the same time harms neither', async () => {
    const kedge = await one();
    let model = await kedge.model('scale');
    for (let i = 0; i < 10; i++) {
      const [next] = await Promise.all([kedge.model('scale'), model.release()]);
      expect(await asked(next, i)).toBe(2 * i);
      expect(next.problems).toEqual([]);
      model = next;
    }
  });

  test('gives the version’s lock back once nobody answers with it, so that it may be removed', async () => {
    const locks = async () =>
      ((await navigator.locks.query()).held ?? []).filter(({name}) => name?.startsWith(servingLock)).length;
    const kedge = await one();
    const [mine, theirs] = [await kedge.model('scale'), await kedge.forUnit('other').model('scale')];
    await expect.poll(locks).toBe(1);
    await mine.release();
    expect(await locks()).toBe(1);
    await theirs.release();
    await expect.poll(locks).toBe(0);
    const again = await kedge.model('scale');
    await expect.poll(locks).toBe(1);
    dispatchEvent(new Event('pagehide'));
    await expect.poll(locks).toBe(0);
    dispatchEvent(new Event('pageshow'));
    await expect.poll(locks).toBe(1);
    await again.release();
    await expect.poll(locks).toBe(0);
  });

  test('is not needed after a start that was aborted: at whatever it was, no session stays', async () => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
    const {runtime, sessions} = faultyRuntime({'run wasm': 'slow'});
    const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0});
    for (const afterMs of [0, 10, 30, 45, 60]) {
      const stop = new AbortController();
      const onProgress = ({state}: Progress) => {
        if (state === 'testing') setTimeout(() => stop.abort(new Error('enough')), afterMs);
      };
      const opened = await kedge.model('scale', {signal: stop.signal, onProgress}).catch((error: Error) => error);
      if (!(opened instanceof Error)) await opened.release();
      await expect.poll(sessions, {message: `aborted ${afterMs} ms into the golden test`}).toBe(0);
    }
    const model = await kedge.model('scale');
    expect([await asked(model, 3), sessions()]).toEqual([6, 1]);
  });

  test('40 times over leaves the runtime’s memory as it was after the first', async () => {
    const name = `kedge-heap-${crypto.randomUUID()}`;
    const channel = new BroadcastChannel(name);
    const create = () => new Worker(new URL('../../testing/heap-worker.ts', import.meta.url), {type: 'module', name});
    const heapBytes = () =>
      new Promise<number>(resolve => {
        channel.onmessage = ({data}: MessageEvent<number>) => resolve(data);
        channel.postMessage('how much?');
      });
    const kedge = await one({runtimes: [onnx({createWorker: create, providers: ['wasm']})]});
    const sizes = [];
    for (let i = 0; i < 40; i++) {
      const model = await kedge.model('scale');
      // An input and an output of a mebibyte each.
      await model.predict({x: new Float32Array(2 ** 18)});
      await model.release();
      sizes.push(await heapBytes());
    }
    channel.close();
    expect(sizes[0]).toBeGreaterThan(2 ** 21);
    expect(sizes.at(-1)).toBe(sizes[0]);
  });
});
