import {type DType, KedgeError, type TensorSpec} from '@kedge/core';
import type {Tensor} from '../runtime/runtime.js';
import type {TfjsCore, TfjsDtype, TfjsTensor} from './module.js';

/** Every value of these is a float32 and an int32. */
const small = new Set<DType>(['int8', 'uint8', 'int16', 'uint16']);
const own = new Set<string>(['float32', 'int32', 'bool'] satisfies TfjsDtype[]);

/**
 * How tfjs takes what the manifest declares, without changing a value.
 *
 * @param model the model's own dtype of the input; undefined where a graph does not say: then the nearest of the manifest's
 * @throws KedgeError `model_invalid`
 */
export function feedDtype({dtype}: TensorSpec, model: string | undefined, where: string): TfjsDtype {
  const wanted = model ?? (small.has(dtype) ? 'int32' : dtype);
  if (own.has(dtype) && dtype === wanted) return wanted as TfjsDtype;
  if (small.has(dtype) && (wanted === 'float32' || wanted === 'int32')) return wanted;
  throw new KedgeError(
    'model_invalid',
    `${where}: the manifest says ${dtype}, the model takes ${wanted}; tfjs has float32, int32 and bool, and takes int8, uint8, int16 and uint16 as either number`,
  );
}

export function toTfjs(core: TfjsCore, {data, shape}: Tensor, dtype: TfjsDtype): TfjsTensor {
  const array = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  const values = data instanceof array ? data : array.from(data as ArrayLike<number>);
  return core.tensor(values as never, shape as never, dtype);
}

/**
 * @param owned whether tfjs gave its data away; else it may be a weight, or what the caller put in, and is copied
 * @throws KedgeError `model_invalid` when it is not of the manifest's dtype
 */
export async function fromTfjs(tensor: TfjsTensor, spec: TensorSpec, owned: boolean): Promise<Tensor> {
  if (tensor.dtype !== spec.dtype)
    throw new KedgeError(
      'model_invalid',
      `output ${spec.name}: the manifest says ${spec.dtype}, the model answered ${tensor.dtype}`,
    );
  const data = await tensor.data();
  return {dtype: spec.dtype, shape: [...tensor.shape], data: owned ? data : data.slice()};
}
