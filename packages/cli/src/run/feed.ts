import type {Tensor, TensorData, Tensors} from '@kedge/client/runtime';
import {describeTensor, KedgeError, type TensorSpec} from '@kedge/core';
import {type Column, numberAt, product} from '../data/column.js';
import type {Dataset} from '../data/dataset.js';
import {zeros} from '../data/typed-array.js';

const floating = new Set(['float32', 'float64']);

/** The column that feeds an input: by its name, or the only one for the only input. @throws KedgeError `input_invalid` */
export function columnFor(dataset: Dataset, specs: readonly TensorSpec[], {name}: TensorSpec): Column {
  const column = dataset.columns.get(name) ?? (specs.length === 1 ? dataset.columns.get('') : undefined);
  if (column) return column;
  throw new KedgeError(
    'input_invalid',
    `${dataset.name} has no data for the input ${name}; a model of several inputs takes NDJSON, each line naming ${specs.map(spec => spec.name).join(', ')}`,
  );
}

/** True when the first axis runs over examples, so that many go in one run. */
export function isBatched({shape}: TensorSpec): boolean {
  return typeof shape[0] === 'string';
}

/**
 * The shape of `count` examples as the spec wants them. Symbolic axes besides the first take the data's size.
 *
 * @throws KedgeError `input_invalid`
 */
function shapeOf(spec: TensorSpec, column: Column, count: number, where: string): number[] {
  const rest = isBatched(spec)
    ? spec.shape.slice(1)
    : spec.shape[0] === 1 && spec.shape.length > 1
      ? spec.shape.slice(1)
      : spec.shape;
  const sizes = rest.map((size, axis) => (typeof size === 'number' ? size : (column.shape[axis] ?? 1)));
  const got = product(column.shape);
  if (product(sizes) !== got)
    throw new KedgeError(
      'input_invalid',
      `${where}: input ${spec.name}: expected ${describeTensor(spec)}, ${product(sizes)} values an example, got ${describeTensor(column)}, ${got} values`,
    );
  return rest === spec.shape ? sizes : [count, ...sizes];
}

/** Values of the column as the input's dtype. 8-bit data goes linearly onto a floating input's declared range. */
function convert({dtype, range}: TensorSpec, column: Column, from: number, to: number): TensorData {
  if (dtype === column.dtype) return column.data.slice(from, to);
  if (dtype === 'float16')
    throw new KedgeError(
      'input_invalid',
      `the model takes float16, the data is ${column.dtype}; give an NPY file of float16`,
    );
  const out = zeros(dtype, to - from);
  const [low, high] = range ?? [0, 255];
  const scaled = column.dtype === 'uint8' && floating.has(dtype);
  const big = dtype === 'int64' || dtype === 'uint64';
  for (let i = from; i < to; i++) {
    const raw = numberAt(column.data, column.dtype, i);
    const value = scaled ? low + (raw / 255) * (high - low) : raw;
    out[i - from] = big ? BigInt(Math.round(value)) : value;
  }
  return out;
}

/** Examples `[start, start + count)` as tensors for one run. @throws KedgeError `input_invalid` */
export function feed(dataset: Dataset, specs: readonly TensorSpec[], start: number, count: number): Tensors {
  const tensors: Tensors = {};
  for (const spec of specs) {
    const column = columnFor(dataset, specs, spec);
    const each = product(column.shape);
    const shape = shapeOf(spec, column, count, dataset.name);
    tensors[spec.name] = {
      dtype: spec.dtype,
      shape,
      data: convert(spec, column, start * each, (start + count) * each),
    } satisfies Tensor;
  }
  return tensors;
}
