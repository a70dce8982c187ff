import {KedgeError} from '@kedge/core';
import type {RandomFile} from './random-file.js';

/** One field of a protobuf message; `value` of wire type 0, `[start, end)` of the bytes of wire type 2. */
export interface Field {
  readonly number: number;
  readonly isBytes: boolean;
  /** Exact up to 2^53. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

const invalid = (file: RandomFile, at: number, problem: string) =>
  new KedgeError(
    'model_invalid',
    `${file.path} (${file.size} bytes): expected an ONNX model, but ${problem} at byte ${at}; export it again, or fetch the whole file`,
  );

/**
 * The fields of the message in `[start, end)`, without reading what they hold: a field of a gigabyte is stepped over.
 * Wire format: https://protobuf.dev/programming-guides/encoding/
 *
 * @throws KedgeError `model_invalid` where it is not protobuf
 */
export function* fieldsOf(file: RandomFile, start = 0, end = file.size): Generator<Field> {
  for (let at = start; at < end;) {
    const key = varint(file, at, end);
    const [number, wire] = [Math.floor(key.value / 8), key.value % 8];
    const content = wire === 0 || wire === 2 ? varint(file, key.next, end) : {value: 0, next: key.next};
    const sizes: Record<number, number> = {0: 0, 1: 8, 2: content.value, 5: 4};
    const size = sizes[wire];
    if (size === undefined || number === 0) throw invalid(file, at, `there is no protobuf field (key ${key.value})`);
    const next = content.next + size;
    if (next > end) throw invalid(file, at, `a field of ${size} bytes ends past its message`);
    yield {number, isBytes: wire === 2, value: content.value, start: content.next, end: next};
    at = next;
  }
}

function varint(file: RandomFile, start: number, end: number): {value: number; next: number} {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    if (start + i >= end) throw invalid(file, start, 'it ends inside a number');
    const byte = file.byte(start + i);
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return {value, next: start + i + 1};
  }
  throw invalid(file, start, 'a number does not end');
}

/** Varints one after another, as protobuf packs repeated numbers. */
export function packedVarints(file: RandomFile, {start, end}: Field): number[] {
  const values: number[] = [];
  for (let at = start; at < end;) {
    const {value, next} = varint(file, at, end);
    values.push(value);
    at = next;
  }
  return values;
}

/** Longest name that is read; no tensor has one of a megabyte. */
const maxText = 64 * 1024;

export function textOf(file: RandomFile, {start, end}: Field): string {
  if (end - start > maxText) throw invalid(file, start, `a name has ${end - start} bytes`);
  return new TextDecoder().decode(file.read(start, end - start));
}
