import type {Kedge, KedgeOptions} from '../src/api.js';
import {onnx} from '../src/onnx/index.js';
import {client} from './client.js';
import {TestRegistry} from './registry.js';

export const x = {x: Float32Array.of(1)};

/** A runtime whose worker is a file of this folder. @param name what it reads as `self.name` */
export const workerOf = (file: string, name = '') => {
  const url = new URL(`./${file}.ts`, import.meta.url);
  return onnx({createWorker: () => new Worker(url, {type: 'module', name})});
};

/** A registry whose release 1 has 1.0.0 as champion (`y = 2x`), and 1.1.0 (`y = 3x`) beside it. */
export async function setting() {
  const registry = await TestRegistry.create();
  const old = await registry.publish('1.0.0', 2);
  const next = await registry.publish('1.1.0', 3, {note: 'new'});
  await registry.putRelease(registry.release([old, next]));
  return {registry, old, next};
}

/** A visit that installs what the release names, asks it, and ends. -1 is the app's baseline. */
export async function visit(registry: TestRegistry, options: Partial<KedgeOptions> = {}) {
  const kedge = await client(registry, options);
  const answer = await ask(kedge);
  const told = {version: kedge.release?.version, problem: kedge.releaseProblem};
  await kedge.close();
  return {...told, ...answer};
}

export async function ask(kedge: Kedge) {
  const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(-1)})});
  const {served, outputs} = await model.predict(x);
  return {served, y: outputs.y!.data[0]};
}

export const unreachable = (registry: TestRegistry) => registry.putText('/channels/prod.json', 'away', {status: 503});

/** How many blobs were asked for so far. */
export const blobRequests = async (registry: TestRegistry) => (await registry.requests('/blobs/')).length;

/** Of these many characters, no stretch of them twice. */
export const differing = (length: number) =>
  Array.from({length}, (_, i) => `${i} `)
    .join('')
    .slice(0, length);
