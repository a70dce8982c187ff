import type {TensorSpec} from '@kedge/core';
import {arrayOf, numberAt} from './dtype.js';
import {toHalf} from './half.js';
import type {Tensor, Tensors} from './runtime.js';

/**
 * What the elements of eight rows in turn are multiplied by; NaN stands for the largest in each place. Of two rows that follow
 * each other, the one is small or nothing beside the other.
 */
const factors = [1, 1 / 16, NaN, 0, 1024, -2, -1024, 1 / 2];

/**
 * Rows to try batches with: the golden ones, with their elements moved on, and of other ranges and sums, which
 * an operator may take over the whole batch. What they hold stays within the declared range; of integers without one, which
 * may be indices, within the golden ones.
 *
 * @param golden at least one
 * @returns row `i`, from 0
 */
export function probes(golden: readonly Tensors[], specs: readonly TensorSpec[]): (i: number) => Tensors {
  const bounds = new Map(specs.map(spec => [spec.name, boundsOf(spec, golden)]));
  return i => {
    const [turn, round] = [i % golden.length, Math.floor(i / golden.length)];
    const factor = factors[i % factors.length]! / 2 ** Math.floor(i / factors.length);
    const row = Object.entries(golden[turn]!).map(([name, tensor]) => {
      const moved = {...tensor, data: movedOn(tensor, round * 7)};
      return [name, factor === 1 ? moved : scaled(moved, factor, bounds.get(name)!)] as const;
    });
    return Object.fromEntries(row);
  };
}

/** Whether nothing is known that it may hold beside the one value of its golden examples, as a mask of ones. */
export function isFixed(spec: TensorSpec, golden: readonly Tensors[]): boolean {
  const {low, high} = boundsOf(spec, golden);
  return low === high;
}

interface Bounds {
  low: number;
  high: number;
  /** The largest that may be in every place. */
  top: number;
}

function boundsOf({name, dtype, range}: TensorSpec, golden: readonly Tensors[]): Bounds {
  let [least, most] = [Infinity, -Infinity];
  for (const {[name]: tensor} of golden)
    for (let i = 0; i < tensor!.data.length; i++) {
      const value = numberAt(tensor!, i);
      if (value < least) least = value;
      if (value > most) most = value;
    }
  const [low, high] = range ?? (dtype.startsWith('float') ? [-Infinity, Infinity] : [least, most]);
  return {low, high, top: Number.isFinite(high) ? high : most || 1};
}

function movedOn({data}: Tensor, by: number): Tensor['data'] {
  const moved = data.slice();
  const at = by % data.length;
  moved.set(data.subarray(at) as never);
  moved.set(data.subarray(0, at) as never, data.length - at);
  return moved;
}

function scaled({dtype, shape, data}: Tensor, factor: number, {low, high, top}: Bounds): Tensor {
  const of = new (arrayOf(dtype))(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number.isNaN(factor) ? top : numberAt({dtype, data}, i) * factor;
    of[i] = encoded(dtype, Math.min(high, Math.max(low, value)));
  }
  return {dtype, shape, data: of};
}

function encoded(dtype: Tensor['dtype'], value: number): number | bigint {
  if (dtype === 'float16') return toHalf(value);
  if (dtype.startsWith('float')) return value;
  return /64/.test(dtype) ? BigInt(Math.round(value)) : Math.round(value);
}
