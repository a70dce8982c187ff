import type {DType, Manifest} from '@kedge/core';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense tensor, row-major. `float16` data is a Uint16Array of bit patterns, `bool` a Uint8Array of 0 and 1. */
export interface Tensor {
  dtype: DType;
  shape: readonly number[];
  data: TensorData;
}

export type Tensors = Record<string, Tensor>;

export type ExecutionProvider = 'webgpu' | 'wasm' | 'cpu';

/** A loaded version inside a runtime. */
export interface Session {
  /** Outputs by name. Inputs were checked against the TensorSpec before. */
  run(inputs: Tensors): Promise<Tensors>;
  /** Frees what the session holds; safe to call twice. */
  release(): Promise<void>;
}

/** What computes a model: onnxruntime or tfjs behind one port. Lives where the session lives, in the worker or in Node. */
export interface Runtime {
  readonly name: string;
  /** Version of the package behind it; a remembered choice is forgotten when it changes. */
  version(provider: ExecutionProvider): Promise<string>;
  /** Manifest formats that it can load. */
  readonly formats: readonly Manifest['format'][];
  /** Execution providers that may work here, the one to prefer first. */
  providers(): Promise<ExecutionProvider[]>;
  /** Starts what a first load would wait for (compilation of the runtime), so that it overlaps with reading the store. */
  warm?(provider: ExecutionProvider): Promise<void>;
  /**
   * @param files every artifact of the version, by its path
   * @throws KedgeError `model_invalid` or `runtime_unavailable`
   */
  load(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>, provider: ExecutionProvider): Promise<Session>;
}
