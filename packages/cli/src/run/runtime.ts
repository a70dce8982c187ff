import type {DType, Manifest} from '@kedge/core';
import {openOnnx} from './onnx.js';
import {openLayers} from './tfjs.js';

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

export interface Tensor {
  dtype: DType;
  shape: readonly number[];
  data: TensorData;
}

export type Tensors = Record<string, Tensor>;

export interface Session {
  run(inputs: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}

/** Every artifact of a version, by its path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What a runtime needs to know of a version before it has a manifest. */
export type Loadable = Pick<Manifest, 'model' | 'version' | 'format' | 'entry' | 'inputs' | 'outputs'>;

/**
 * The version, loaded to run in this process; undefined when nothing installed here can run its format.
 *
 * @throws KedgeError `model_invalid` when there is a runtime and it refuses the files
 */
export async function openSession(loadable: Loadable, files: Files): Promise<Session | undefined> {
  if (loadable.format === 'onnx') return openOnnx(loadable, files);
  if (loadable.format === 'tfjs-layers') return openLayers(loadable, files);
  return undefined;
}
