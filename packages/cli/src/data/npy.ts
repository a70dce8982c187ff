import {type DType, dtypeBytes} from '@kedge/core';
import {CliError} from '../exit.js';
import {type Column, product} from './column.js';
import {fromBigEndian, fromBytes} from './typed-array.js';

const types: Record<string, DType> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/**
 * A NumPy array file, versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 *
 * @throws CliError (usage) naming the file, what was expected and what is there
 */
export function parseNpy(bytes: Uint8Array, file: string): Column & {examples: number} {
  const {header, start} = headerOf(bytes, file);
  const [, order, code] = /'descr':\s*'([<>|=])([fiub][1248])'/.exec(header) ?? [];
  const dtype = code === undefined ? undefined : types[code];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number);
  if (!dtype || !sizes?.length)
    throw new CliError('usage', `${file}: expected an array of numbers with at least one axis, got ${header.trim()}`);
  if (/'fortran_order':\s*True/.test(header))
    throw new CliError('usage', `${file} is in Fortran order; save it with numpy.ascontiguousarray`);
  const expected = product(sizes) * dtypeBytes[dtype];
  if (bytes.length - start !== expected)
    throw new CliError(
      'usage',
      `${file}: expected ${expected} bytes of ${dtype}[${sizes.join(', ')}], got ${bytes.length - start}; the file is truncated or damaged`,
    );
  const data = (order === '>' ? fromBigEndian : fromBytes)(dtype, bytes.subarray(start));
  return {dtype, shape: sizes.slice(1), examples: sizes[0]!, data};
}

function headerOf(bytes: Uint8Array, file: string) {
  const magic = Buffer.from(bytes.subarray(0, 6)).toString('latin1');
  if (magic !== '\x93NUMPY' || bytes.length < 12)
    throw new CliError('usage', `${file} is not an NPY file: it begins with ${JSON.stringify(magic)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [length, from] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (from + length > bytes.length) throw new CliError('usage', `${file}: its NPY header is cut short`);
  return {header: Buffer.from(bytes.subarray(from, from + length)).toString('utf8'), start: from + length};
}
