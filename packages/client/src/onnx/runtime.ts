import {type DType, KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {ExecutionProvider, Runtime, Session, Tensor, TensorData, Tensors} from '../runtime/runtime.js';

/** The part of the onnxruntime-common API that is used; onnxruntime-web and onnxruntime-node both have it. */
export interface OrtModule {
  InferenceSession: {
    create(
      model: Uint8Array,
      options: {executionProviders: string[]; graphOptimizationLevel?: 'all'},
    ): Promise<OrtSession>;
  };
  Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  env: {versions: {common: string}; logLevel?: string};
}

interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  getData?(): Promise<unknown>;
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

/** How a module is had for a provider, and which providers may work here. */
export interface OrtSource {
  providers(): Promise<ExecutionProvider[]>;
  module(provider: ExecutionProvider): Promise<OrtModule>;
}

/** `y = x` over float32[1]: creating its session starts the runtime, so that this overlaps with reading the store. */
const identity = Uint8Array.of(
  8,
  7,
  58,
  55,
  10,
  16,
  10,
  1,
  120,
  18,
  1,
  121,
  34,
  8,
  73,
  100,
  101,
  110,
  116,
  105,
  116,
  121,
  18,
  1,
  103,
  90,
  15,
  10,
  1,
  120,
  18,
  10,
  10,
  8,
  8,
  1,
  18,
  4,
  10,
  2,
  8,
  1,
  98,
  15,
  10,
  1,
  121,
  18,
  10,
  10,
  8,
  8,
  1,
  18,
  4,
  10,
  2,
  8,
  1,
  66,
  4,
  10,
  0,
  16,
  13,
);

function toTensor({type, dims}: OrtTensor, data: unknown): Tensor {
  return {dtype: type as DType, shape: dims, data: data as TensorData};
}

class OnnxSession implements Session {
  readonly #ort: OrtModule;
  #session: OrtSession | undefined;

  constructor(ort: OrtModule, session: OrtSession) {
    this.#ort = ort;
    this.#session = session;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    if (!this.#session) throw new KedgeError('closed', 'the session was released');
    const feeds: Record<string, OrtTensor> = {};
    for (const name in inputs) {
      const {dtype, data, shape} = inputs[name]!;
      feeds[name] = new this.#ort.Tensor(dtype as never, data as never, shape);
    }
    const results = await this.#session.run(feeds);
    const outputs: Tensors = {};
    for (const name in results) {
      const tensor = results[name]!;
      // A tensor left on the GPU has no `data` yet.
      outputs[name] = toTensor(tensor, tensor.getData ? await tensor.getData() : tensor.data);
    }
    return outputs;
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

/** ONNX Runtime behind the port: in a worker with onnxruntime-web, in Node with onnxruntime-node. */
export function onnxRuntime(source: OrtSource): Runtime {
  const modules = new Map<ExecutionProvider, Promise<OrtModule>>();
  const moduleFor = (provider: ExecutionProvider) => {
    let module = modules.get(provider);
    if (!module) {
      module = source.module(provider);
      modules.set(provider, module);
      // A rejected promise is not remembered: the next attempt asks anew.
      module.catch(() => modules.delete(provider));
    }
    return module.catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', `onnxruntime for ${provider} could not be fetched or started`);
    });
  };
  // onnxruntime refuses a second session while one is being created; a failed one must not poison those behind it.
  let creating: Promise<unknown> = Promise.resolve();
  const create = async (model: Uint8Array, provider: ExecutionProvider) => {
    const ort = await moduleFor(provider);
    const options = {executionProviders: [provider], graphOptimizationLevel: 'all' as const};
    const session = creating.then(() => ort.InferenceSession.create(model, options));
    creating = session.catch(() => {});
    return new OnnxSession(ort, await session);
  };
  return {
    name: 'onnx',
    version: async provider => (await moduleFor(provider)).env.versions.common,
    formats: ['onnx'],
    providers: source.providers,
    warm: async provider => (await create(identity, provider)).release(),
    load: (manifest, files, provider) => load(manifest, files, provider, create),
  };
}

async function load(
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
  provider: ExecutionProvider,
  create: (model: Uint8Array, provider: ExecutionProvider) => Promise<Session>,
): Promise<Session> {
  const model = files.get(manifest.entry);
  if (!model)
    throw new KedgeError(
      'model_invalid',
      `${manifest.model} ${manifest.version}: ${manifest.entry} is not among its files`,
    );
  try {
    return await create(model, provider);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    // onnxruntime's own words for a realm that can't be used again; a fresh worker may succeed.
    const dead = /backend|initWasm|initializeWebAssembly|no available|WebAssembly|out of memory|RangeError/i.test(text);
    throw toKedgeError(
      cause,
      dead ? 'runtime_unavailable' : 'model_invalid',
      `${manifest.model} ${manifest.version} (${manifest.entry}) on ${provider}`,
    );
  }
}
