import {type DType, dtypeBytes} from '@kedge/core';
import {CliError} from '../exit.js';
import {type Column, product} from './column.js';
import {fromBigEndian} from './typed-array.js';

const types: Record<number, DType> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/**
 * An IDX file (http://yann.lecun.com/exdb/mnist/): two zero bytes, the type, the rank, each size as a big-endian
 * 32-bit integer, then the big-endian data.
 *
 * @throws CliError (usage) naming the file, what was expected and what is there
 */
export function parseIdx(bytes: Uint8Array, file: string): Column & {examples: number} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dtype = bytes.length < 4 ? undefined : types[bytes[2]!];
  if (bytes.length < 4 || view.getUint16(0) !== 0 || !dtype)
    throw new CliError(
      'usage',
      `${file} is not an IDX file: it begins with ${hexOf(bytes)}, expected 00 00 and a type`,
    );
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (rank === 0 || bytes.length < start)
    throw new CliError('usage', `${file}: its IDX header is cut short (rank ${rank}, ${bytes.length} bytes)`);
  const sizes = Array.from({length: rank}, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = product(sizes) * dtypeBytes[dtype];
  if (bytes.length - start !== expected)
    throw new CliError(
      'usage',
      `${file}: expected ${expected} bytes of ${dtype}[${sizes.join(', ')}], got ${bytes.length - start}; the file is truncated or damaged`,
    );
  return {dtype, shape: sizes.slice(1), examples: sizes[0]!, data: fromBigEndian(dtype, bytes.subarray(start))};
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 4)).toString('hex') || 'nothing';
