import {elementsOf, maxPatchCount, patchOps, toOrdered} from './patch.js';

/** A difference is taken of integers of `width` bytes, or of IEEE 754 floats (`isFloat`, width 2 or 4) in their order. */
export interface ElementType {
  width: 1 | 2 | 4;
  isFloat: boolean;
}

/** Unsigned LEB128. */
function leb128(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

const head = (...numbers: number[]) => Uint8Array.from(numbers.flatMap(leb128));

/** Ranges of at most `maxPatchCount`. */
function* ranges(count: number): Generator<[start: number, count: number]> {
  for (let at = 0; at < count; at += maxPatchCount) yield [at, Math.min(maxPatchCount, count - at)];
}

/** Bytes of the base. */
export function copyOps(offset: number, length: number): Uint8Array[] {
  return [...ranges(length)].map(([at, count]) => head(patchOps.copy, offset + at, count));
}

/** Bytes as they are. */
export function literalOps(bytes: Uint8Array): Uint8Array[] {
  return [...ranges(bytes.length)].flatMap(([at, count]) => [
    head(patchOps.literal, count),
    bytes.subarray(at, at + count),
  ]);
}

/** Elements without a base, regrouped so that like bytes stand together. Whole elements only. */
export function planesOps(target: Uint8Array, width: ElementType['width']): Uint8Array[] {
  return [...ranges(target.length / width)].flatMap(([at, count]) => [
    head(patchOps.planes, width, count),
    toPlanes(target.subarray(at * width, (at + count) * width), width),
  ]);
}

/**
 * Elements as their difference from as many elements of the base.
 *
 * @param offset where `base` lies in the base
 * @throws TypeError when the two do not have the same whole number of elements
 */
export function deltaOps(
  {width, isFloat}: ElementType,
  offset: number,
  base: Uint8Array,
  target: Uint8Array,
): Uint8Array[] {
  if (base.length !== target.length || target.length % width > 0)
    throw new TypeError(`a delta of width ${width} needs whole elements: base ${base.length}, target ${target.length}`);
  return [...ranges(target.length / width)].flatMap(([at, count]) => {
    const [start, end] = [at * width, (at + count) * width];
    const zigzags = differences({width, isFloat}, base.subarray(start, end), target.subarray(start, end));
    const op = isFloat ? patchOps.floatDelta : patchOps.delta;
    return [head(op, width, offset + start, count), toPlanes(zigzags, width)];
  });
}

function differences({width, isFloat}: ElementType, base: Uint8Array, target: Uint8Array): Uint8Array {
  const out = new Uint8Array(target.length);
  const [from, to, zigzags] = [base, target, out].map(bytes => elementsOf(bytes, width)) as [
    ...[Int32Array, Int32Array, Int32Array],
  ];
  const order = isFloat ? (bits: number) => toOrdered(bits, width) : (bits: number) => bits;
  const shift = 32 - 8 * width;
  for (let i = 0; i < zigzags.length; i++) {
    const difference = ((order(to[i]!) - order(from[i]!)) << shift) >> shift;
    zigzags[i] = (difference << 1) ^ (difference >> 31);
  }
  return out;
}

function toPlanes(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let plane = 0, to = 0; plane < width; plane++)
    for (let from = plane; from < bytes.length; from += width) out[to++] = bytes[from]!;
  return out;
}
