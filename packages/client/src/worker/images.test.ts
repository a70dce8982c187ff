import ownWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import {env} from 'onnxruntime-web/wasm';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import {x} from '../../testing/visit.js';
import {databaseName} from '../names.js';
import {onnx} from '../onnx/index.js';
import type {MemoryImage} from '../runtime/runtime.js';
import {openIndexedDb} from '../store/indexeddb.js';
import {writeImage} from '../store/image.js';

const key = 'runtime-image:onnx|wasm';
const aboutKey = `${key}|about`;

interface About {
  of: string;
  digest: string;
  tries: number;
  state: string;
}

let registry: TestRegistry;
let workers: Worker[];

beforeEach(async () => {
  workers = [];
  registry = await TestRegistry.create();
  const bytes = new Uint8Array(await (await fetch(ownWasm)).arrayBuffer());
  const files = [await registry.publishBinary('ort-wasm-simd-threaded.wasm', bytes)];
  const runtime = {package: 'onnxruntime-web', version: env.versions.common, files};
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {runtime}})]));
});

afterEach(closeAll);

/** An app without a file of its own: what the store holds serves, or nothing does. */
const ownless = () =>
  onnx({
    providers: ['wasm'],
    createWorker: () => {
      const worker = new Worker(new URL('../../testing/ownless-worker.ts', import.meta.url), {type: 'module'});
      workers.push(worker);
      return worker;
    },
  });

/** One visit: opens, predicts, and closes. @returns the answer, the workers that it took and what was wrong */
async function visit() {
  workers = [];
  const kedge = await client(registry, {runtimes: [ownless()]});
  const model = await kedge.model('scale');
  const {outputs, served} = await model.predict(x);
  const seen = {y: outputs.y?.data[0], source: served.source, workers: workers.length, problems: model.problems.length};
  await expectSettled();
  await kedge.close();
  return seen;
}

const right = {y: 2, source: 'model', workers: 1, problems: 0};

/** What the visit writes beside its answers is written. */
async function expectSettled() {
  await vi.waitFor(async () => expect((await about())?.state).not.toBe('new'), {timeout: 3000}).catch(() => {});
}

async function inStore<T>(work: (store: Awaited<ReturnType<typeof openIndexedDb>>) => Promise<T>): Promise<T> {
  const store = await openIndexedDb(databaseName);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

const setting = <T>(name: string) => inStore(async store => (await store.getSetting(name)) as T | undefined);
const about = () => setting<About>(aboutKey);
const image = () => setting<MemoryImage>(key);

/** As if the image of the first visit had been this one. */
const replace = (change: (image: MemoryImage) => MemoryImage) =>
  inStore(async store => {
    const digest = await writeImage(key, change((await store.getSetting(key)) as MemoryImage), store);
    await store.changeSetting(aboutKey, known => ({...(known as About), digest}));
  });

describe('the memory that the first start left', {timeout: 240_000}, () => {
  test('serves the second one, which proves it, and all after it', async () => {
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    const {runs, data, bytes} = (await image())!;
    expect([runs.reduce((sum, [, length]) => sum + length, 0), data.byteLength < bytes / 2]).toEqual([
      data.byteLength,
      true,
    ]);
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'proven', tries: 1});
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'proven', tries: 1});
  });

  test('is left aside where a byte of it has changed, and another takes its place', async () => {
    await visit();
    await inStore(store =>
      store.changeSetting(key, known => {
        const {data, ...rest} = known as MemoryImage;
        const changed = new Uint8Array(data);
        changed[5000]! ^= 1;
        return {...rest, data: changed.buffer};
      }),
    );
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    expect(await visit()).toEqual(right);
    expect((await about())?.state).toBe('proven');
  });

  test.each<[string, (image: MemoryImage) => MemoryImage]>([
    ['is of another build', image => ({...image, first: 'no such export'})],
    ['holds nothing', ({data, ...image}) => ({...image, data: new ArrayBuffer(data.byteLength)})],
  ])('is given up when it %s: a new worker starts without it, unseen by the app', async (_, change) => {
    await visit();
    await replace(change);
    expect(await visit()).toEqual({...right, workers: 2});
    expect([(await about())?.state, await image()]).toEqual(['failed', undefined]);
    expect(await visit()).toEqual(right);
  });

  test('is left aside where the browser has no room for it', async () => {
    await visit();
    await replace(image => ({...image, bytes: 2 ** 40}));
    expect(await visit()).toEqual(right);
  });

  test('is not begun with a third time when two starts from it never ended', async () => {
    await visit();
    await inStore(store => store.changeSetting(aboutKey, known => ({...(known as About), tries: 2})));
    await replace(image => ({...image, first: 'never called'}));
    expect(await visit()).toEqual(right);
  });

  test('is of one browser: another version of it makes its own', async () => {
    await visit();
    await inStore(store => store.changeSetting(aboutKey, known => ({...(known as About), of: 'an older one'})));
    await replace(image => ({...image, first: 'never called'}));
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    expect((await image())?.first).not.toBe('never called');
  });
});
