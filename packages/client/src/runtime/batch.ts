import type {Manifest} from '@kedge/core';
import {copyOf} from './dtype.js';
import type {Tensor, Tensors} from './runtime.js';

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

/** Rows of one as one batch, or a copy of what is a batch already. @param into of an earlier one, which is written over where it fits */
export function joined(rows: readonly Tensors[], into: Tensors = {}): Tensors {
  const batch: Tensors = {};
  for (const name in rows[0])
    batch[name] = join(
      rows.map(row => row[name]!),
      into[name],
    );
  return batch;
}

function join(rows: readonly Tensor[], into: Tensor | undefined): Tensor {
  const {dtype, shape, data: first} = rows[0]!;
  const length = rows.length * first.length;
  const fits = into?.dtype === dtype && into.data.length === length;
  const data = fits ? into.data : copyOf(first, rows[1] ? length : first);
  rows.forEach((row, i) => data.set(row.data as never, i * first.length));
  return {dtype, shape: rows[1] ? [rows.length, ...shape.slice(1)] : shape, data};
}
