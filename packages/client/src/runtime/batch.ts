import type {Manifest} from '@kedge/core';
import type {Tensor, TensorData, Tensors} from './runtime.js';

/** Whether the first dimension of every tensor, and no other, is one and the same symbol: the number of rows. */
export function hasRows({inputs, outputs}: Manifest): boolean {
  const symbol = inputs[0]?.shape[0];
  return (
    typeof symbol === 'string' &&
    [...inputs, ...outputs].every(
      ({shape: [first, ...rest]}) => first === symbol && rest.every(size => typeof size === 'number'),
    )
  );
}

/** Row `i` of `count`, with buffers of its own. @throws RangeError where one of them has another number of rows */
export function rowOf(tensors: Tensors, i: number, count: number): Tensors {
  const row: Tensors = {};
  for (const [name, {dtype, shape, data}] of Object.entries(tensors)) {
    // As where a model leaves out rows: nobody can say whose are left.
    if (shape[0] !== count) throw RangeError(name);
    const width = data.length / count;
    row[name] = {dtype, shape: [1, ...shape.slice(1)], data: data.slice(i * width, (i + 1) * width)};
  }
  return row;
}

/** Rows of one, as one batch. */
export function joined(rows: readonly Tensors[]): Tensors {
  const batch: Tensors = {};
  for (const [name, tensor] of Object.entries(rows[0]!))
    batch[name] = join(
      rows.map(row => row[name]!),
      tensor,
    );
  return batch;
}

function join(rows: readonly Tensor[], {dtype, shape, data: {length, constructor}}: Tensor): Tensor {
  const data = new (constructor as new (length: number) => TensorData)(rows.length * length);
  rows.forEach((row, i) => data.set(row.data as never, i * length));
  return {dtype, shape: [rows.length, ...shape.slice(1)], data};
}
