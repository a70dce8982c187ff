import {type Manifest, toKedgeError} from '@kedge/core';
import {remembered} from '../runtime/remembered.js';
import type {ExecutionProvider, Runtime, Session} from '../runtime/runtime.js';
import {inTurns, type Turns} from '../runtime/turns.js';
import {identityModel} from './identity.js';
import type {ExternalData, OrtModule} from './module.js';
import {isLent} from '../install/assemble.js';
import {isDead, OnnxSession} from './session.js';
import {gpuFile, imageFile} from '../worker/later.js';

/** How a module is had for a provider. */
export interface OrtSource {
  module(provider: ExecutionProvider): Promise<OrtModule>;
  /** Name of the `.wasm` file of the module; in Node there is none. */
  binary?(provider: ExecutionProvider): string;
}

/** ONNX Runtime behind the port: in a worker with onnxruntime-web, in Node with onnxruntime-node. */
export function onnxRuntime(source: OrtSource): Runtime {
  const modules = remembered(source.module);
  const moduleFor = (provider: ExecutionProvider) =>
    modules(partsOf(provider)[0]).catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', `onnxruntime for ${provider} could not be fetched or started`);
    });
  const patience = {hangMs: 0};
  /** By the build, each of which is a runtime of its own: nothing waits for another one that hangs. */
  const lines: Record<string, Turns> = {};
  let first: ExecutionProvider | undefined;
  const standing = (provider: ExecutionProvider) => (provider.startsWith('wasm') ? (first ??= provider) : provider);
  const create = async (model: Uint8Array, provider: ExecutionProvider, externalData: ExternalData, ms?: number) => {
    const ort = await moduleFor(provider);
    const [name, threads] = partsOf(standing(provider));
    if (threads) ort.env.wasm!.numThreads = Number(threads);
    const options = {executionProviders: [name], graphOptimizationLevel: 'all' as const, externalData};
    const turns = (lines[name] ??= inTurns(patience));
    const session = new OnnxSession(ort, await turns(() => ort.InferenceSession.create(model, options), ms), turns);
    if (provider === 'webgpu') (await gpuFile()).watchDevice(await ort.env.webgpu?.device, () => session.open);
    return session;
  };
  const version = async (provider: ExecutionProvider) => {
    const {versions} = (await moduleFor(provider)).env;
    return versions.web ?? versions.common;
  };
  return {
    name: 'onnx',
    patience,
    version,
    standing,
    binary: async provider =>
      source.binary && {path: source.binary(provider), package: 'onnxruntime-web', version: await version(provider)},
    formats: ['onnx'],
    lends: !!source.binary,
    warm: async (provider, from) => {
      // It may wait for a network: who asks for it knows how long.
      const start = async () => (await create(identityModel(), provider, [], 0)).release();
      const {wasm} = (await moduleFor(provider)).env;
      if (!wasm || !from) return void (await start());
      // What is beside the memory can't be put back: WebGPU's device, and threads.
      const file = standing(provider) === 'wasm' && (await imageFile().catch(() => undefined));
      if (file) return file.startFrom(from, start, wasm);
      wasm.wasmBinary = from.binary;
      return void (await start());
    },
    load: (manifest, files, provider) => {
      const plainly: Create = (model, others) => create(model, provider, others);
      return load(manifest, files, provider, source.binary ? copyingOnce(plainly) : plainly);
    },
  };
}

type Create = (model: Uint8Array, others: ExternalData) => Promise<OnnxSession>;

/** Below this the copies that are saved take no time. */
const largeBytes = 4 * 2 ** 20;
/** What the weights of a model in one file call it; a manifest's paths have no such characters. */
const itself = '<itself>';

/** A large model's weights are copied once. What onnxruntime does not take that way, it is given as it is. */
function copyingOnce(create: Create): Create {
  return async (model, others) => {
    const file = model.length < largeBytes ? undefined : await imageFile().catch(() => undefined);
    const light = file?.withWeightsOutside(model, itself);
    const whole = () => create(isLent(model) ? model.slice() : model, others);
    if (!light) return whole();
    try {
      return await create(light, [...others, {path: itself, data: model}]);
    } catch (error) {
      if (isDead(error)) throw error;
      return whole();
    }
  };
}

/** The name and, where there are more than one, the number of threads. */
const partsOf = (provider: ExecutionProvider) => provider.split(':') as [ExecutionProvider, string?];

async function load(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  provider: ExecutionProvider,
  create: Create,
): Promise<Session> {
  try {
    // Weights beside the model, which names them; what it does not name is not looked at.
    const others = [...files].map(([path, data]) => ({path, data})).filter(({path}) => path !== manifest.entry);
    // The schema has seen that it is there.
    const session = await create(files.get(manifest.entry)!, others);
    session.wanted = manifest.outputs.map(({name}) => name);
    return session;
  } catch (cause) {
    throw toKedgeError(
      cause,
      isDead(cause) ? 'runtime_unavailable' : 'model_invalid',
      `${manifest.model} ${manifest.version} (${manifest.entry}) on ${provider}`,
    );
  }
}
