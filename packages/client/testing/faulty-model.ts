import {haveWebgpu} from './binaries.js';
import {faultyRuntime, type Faulty} from './faults.js';
import {client} from './client.js';
import {TestRegistry} from './registry.js';
import {graphDoubler} from './tfjs-doubler.js';
import type {KedgeOptions, Model} from '../src/api.js';
import type {ExecutionProvider} from '../src/runtime/runtime.js';

const x = (value: number) => ({x: Float32Array.of(value)});
export const baseline = () => ({y: Float32Array.of(-1)});
export const asked = async (model: Model, value: number, options = {}) => {
  const {outputs, served} = await model.predict(x(value), options);
  return {y: outputs.y!.data[0], source: served.source, provider: served.executionProvider, reason: served.reason};
};

/** A model `y = 2 x` in workers that fail as told, and clients of it. */
export async function faulty(
  faults: Faulty = {},
  providers?: ExecutionProvider[],
  options: Partial<KedgeOptions> & {runtime?: 'onnx' | 'tfjs'} = {},
) {
  const {runtime = 'onnx', ...more} = options;
  const registry = await TestRegistry.create();
  const tfjs = {files: graphDoubler(2), change: {format: 'tfjs-graph'}} as const;
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, runtime === 'tfjs' ? tfjs : {})]));
  if (runtime === 'onnx' && providers?.includes('webgpu')) await haveWebgpu();
  const device = faultyRuntime(faults, providers, runtime);
  const open = () => client(registry, {runtimes: [device.runtime], pollSeconds: 0, ...more});
  return {...device, open, registry, model: async () => (await open()).model('scale', {baseline})};
}
