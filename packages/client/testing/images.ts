import ownWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import {env} from 'onnxruntime-web/wasm';
import {expect, vi} from 'vitest';
import type {Manifest} from '@kedge/core';
import {databaseName} from '../src/names.js';
import {onnx} from '../src/onnx/index.js';
import {covers, functionsFrom} from '../src/onnx/functions.js';
import type {MemoryImage} from '../src/runtime/runtime.js';
import {readImage, writeImage} from '../src/store/image.js';
import {openIndexedDb} from '../src/store/indexeddb.js';
import {type About, aboutKey} from '../src/worker/images.js';
import {client} from './client.js';
import {TestRegistry} from './registry.js';

export const path = 'ort-wasm-simd-threaded.wasm';
export const key = 'runtime-image:onnx|wasm';

/** A registry, and a runtime whose binary it has. */
export async function pinning() {
  const registry = await TestRegistry.create();
  const bytes = new Uint8Array(await (await fetch(ownWasm)).arrayBuffer());
  const file = await registry.publishBinary(path, bytes);
  const runtime: Manifest['runtime'] = {package: 'onnxruntime-web', version: env.versions.common, files: [file]};
  return {registry, file, runtime};
}

let workers: Worker[] = [];

/** An app without a file of its own: what the store holds serves, or nothing does. */
const ownless = () =>
  onnx({
    providers: ['wasm'],
    createWorker: () => {
      const worker = new Worker(new URL('./ownless-worker.ts', import.meta.url), {type: 'module'});
      workers.push(worker);
      return worker;
    },
  });

/** One visit: opens, asks each model, and closes. @returns the answers, the workers that it took and what was wrong */
export async function visit(registry: TestRegistry, value = 1, names: readonly string[] = ['scale']) {
  workers = [];
  const kedge = await client(registry, {runtimes: [ownless()]});
  const seen = {y: [] as (number | bigint | undefined)[], sources: new Set<string>(), problems: 0};
  for (const name of names) {
    const model = await kedge.model(name);
    const {outputs, served} = await model.predict({x: Float32Array.of(value)});
    seen.y.push(outputs.y?.data[0]);
    seen.sources.add(served.source);
    seen.problems += model.problems.length;
  }
  await expectSettled();
  await kedge.close();
  return {...seen, sources: [...seen.sources], workers: workers.length};
}

/** What the visit writes beside its answers is written; where a start from the image is tried and proves nothing, nothing is. */
async function expectSettled() {
  const written = async () => expect(await isSettled()).toBe(true);
  await vi.waitFor(written, {timeout: 3000}).catch(() => {});
}

/** An image was given up, or has served, or was kept by this browser: with its own binary where versions say what they call. */
async function isSettled(): Promise<boolean> {
  const known = await about();
  if (known?.state !== 'new') return known !== undefined;
  const {of, tries, functions} = known;
  if (tries > 0 || !of.endsWith(navigator.userAgent)) return false;
  const wanted = (await inStore(store => store.records())).map(({manifest}) =>
    functionsFrom(manifest.runtime.functions?.[path]),
  );
  return wanted.every(one => !one || (functions !== undefined && covers(functions, one)));
}

export async function inStore<T>(work: (store: Awaited<ReturnType<typeof openIndexedDb>>) => Promise<T>): Promise<T> {
  const store = await openIndexedDb(databaseName);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

export const about = () => inStore(async store => (await store.getSetting(aboutKey(key))) as About | undefined);

export const changeAbout = (change: Partial<About>) =>
  inStore(store => store.changeSetting(aboutKey(key), known => ({...(known as About), ...change})));

export const image = () =>
  inStore(async store => {
    const known = (await store.getSetting(aboutKey(key))) as About | undefined;
    return known && readImage(key, known.digest, store);
  });

/** As if the image of the first visit had been this one. */
export const replace = (change: (image: MemoryImage) => MemoryImage) =>
  inStore(async store => {
    const known = (await store.getSetting(aboutKey(key))) as About;
    const digest = await writeImage(key, change((await readImage(key, known.digest, store))!), store);
    await store.changeSetting(aboutKey(key), () => ({...known, digest}));
  });
