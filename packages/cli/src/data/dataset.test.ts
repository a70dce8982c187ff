import {readFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {file, folder, idx, testDigits} from '../../testing/fixtures.js';
import {CliError} from '../exit.js';
import {readDataset} from './dataset.js';
import {parseIdx} from './idx.js';
import {parseNdjson} from './ndjson.js';
import {parseNpy} from './npy.js';

/** A NumPy file as version 1.0 writes it. */
function npy(descr: string, shape: string, data: Uint8Array, fortran = 'False'): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`.padEnd(117) + '\n';
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY', 'latin1');
  head[6] = 1;
  head.writeUInt16LE(header.length, 8);
  return new Uint8Array(Buffer.concat([head, Buffer.from(header), data]));
}

const bytesOf = (array: Float32Array | BigInt64Array) => new Uint8Array(array.buffer);

describe('IDX', () => {
  it('reads the real MNIST test digits', async () => {
    const dataset = await readDataset(testDigits);
    expect(dataset.examples).toBe(10_000);
    expect(dataset.columns.get('')!.shape).toEqual([28, 28]);
    expect(Array.from(dataset.labels).slice(0, 5)).toEqual([7, 2, 1, 0, 4]);
  });

  it('reads big-endian floats', () => {
    const bytes = Buffer.alloc(4 + 4 + 8);
    bytes.set([0, 0, 0x0d, 1, 0, 0, 0, 2]);
    bytes.writeFloatBE(1.5, 8);
    bytes.writeFloatBE(-2, 12);
    const {dtype, data, examples} = parseIdx(bytes, 'f.idx');
    expect([dtype, examples, ...data]).toEqual(['float32', 2, 1.5, -2]);
  });

  it('is the same gzipped, digest included', async () => {
    const dir = folder();
    const plain = {examples: file(dir, 'x', idx([2, 2], [1, 2, 3, 4])), labels: file(dir, 'y', idx([2], [0, 1]))};
    const packed = {
      examples: file(dir, 'x.gz', gzipSync(readFileSync(plain.examples))),
      labels: file(dir, 'y.gz', gzipSync(readFileSync(plain.labels))),
    };
    const [one, other] = [await readDataset(plain), await readDataset(packed)];
    expect(other.sha256).toBe(one.sha256);
    expect(other.columns.get('')!.data).toEqual(one.columns.get('')!.data);
  });

  it('names the file and the sizes when it is cut short', () => {
    const whole = idx([3, 4], new Array(12).fill(1));
    expect(() => parseIdx(whole.subarray(0, 20), 'cut.idx')).toThrow(
      /cut\.idx: expected 12 bytes of uint8\[3, 4\], got 8.*truncated/,
    );
    expect(() => parseIdx(whole.subarray(0, 6), 'cut.idx')).toThrow(/cut\.idx: its IDX header is cut short/);
  });

  it('refuses examples and labels that do not belong together', async () => {
    const dir = folder();
    const source = {examples: file(dir, 'x', idx([2, 1], [1, 2])), labels: file(dir, 'y', idx([3], [0, 1, 0]))};
    await expect(readDataset(source)).rejects.toThrow(/holds 2 examples, but .*y 3 labels/);
  });

  it('says when a gzip file is damaged, and when there is no file', async () => {
    const dir = folder();
    const broken = file(dir, 'x.gz', gzipSync(idx([2, 2], [1, 2, 3, 4])).subarray(0, 20));
    await expect(readDataset({examples: broken, labels: broken})).rejects.toThrow(
      /x\.gz is a damaged or truncated gzip/,
    );
    await expect(readDataset({ndjson: `${dir}/none`})).rejects.toThrow(/there is no file .*none; check the path/);
  });
});

describe('NPY', () => {
  it('reads floats and big integers, little and big endian', () => {
    const floats = parseNpy(npy('<f4', '2, 1', bytesOf(Float32Array.of(0.5, -1))), 'x.npy');
    expect([floats.examples, floats.shape, [...floats.data]]).toEqual([2, [1], [0.5, -1]]);
    const big = parseNpy(npy('<i8', '2,', bytesOf(BigInt64Array.of(-3n, 4n))), 'y.npy');
    expect([big.dtype, [...big.data]]).toEqual(['int64', [-3n, 4n]]);
    const shorts = parseNpy(npy('>u2', '1,', Uint8Array.of(1, 2)), 'z.npy');
    expect([...shorts.data]).toEqual([258]);
  });

  it.each([
    ['text', npy('<U4', '1,', new Uint8Array(16)), /expected an array of numbers/],
    ['a scalar', npy('<f4', '', new Uint8Array(4)), /at least one axis/],
    ['Fortran order', npy('<f4', '2, 2', new Uint8Array(16), 'True'), /ascontiguousarray/],
    ['a short body', npy('<f4', '2, 2', new Uint8Array(12)), /expected 16 bytes of float32\[2, 2\], got 12/],
    ['a short header', npy('<f4', '2, 2', new Uint8Array()).subarray(0, 40), /header is cut short/],
    ['another file', Buffer.from('PK\x03\x04 not an array'), /is not an NPY file/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(message);
  });
});

describe('NDJSON', () => {
  it('reads named, nested inputs and any label', () => {
    const text = '{"inputs":{"a":[[1,2],[3,4]],"b":5},"label":"cat"}\n\n{"inputs":{"b":6,"a":[1,1,1,1]},"label":2}\n';
    const {columns, labels} = parseNdjson(text, 'x.ndjson');
    expect(labels).toEqual(['cat', 2]);
    expect([...columns.get('a')!.data]).toEqual([1, 2, 3, 4, 1, 1, 1, 1]);
    expect([...columns.get('b')!.data]).toEqual([5, 6]);
  });

  const good = '{"inputs":{"a":[1,2]},"label":0}\n';
  it.each([
    ['no JSON', `${good}{"inputs`, /x:2 is not JSON/],
    ['a missing label', '{"inputs":{"a":[1]}}', /x:1: label/],
    [
      'another length',
      `${good}{"inputs":{"a":[1]},"label":0}`,
      /x:2: inputs\.a: expected 2 numbers as in the first line, got 1/,
    ],
    ['text among numbers', '{"inputs":{"a":[1,"2"]},"label":0}', /x:1: inputs\.a: expected numbers, got "2"/],
    ['another name', `${good}{"inputs":{"b":[1,2]},"label":0}`, /x:2: inputs\.b is not in the lines before/],
    [
      'a name less',
      '{"inputs":{"a":1,"b":1},"label":0}\n{"inputs":{"a":1},"label":0}',
      /x:2: expected the inputs a, b, got a/,
    ],
    ['nothing', '\n', /holds no example/],
  ])('names the line of %s', (_, text, message) => {
    expect(() => parseNdjson(text, 'x')).toThrow(message);
  });
});

it('answers garbage with a usage error, never with anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 64}), fc.boolean(), (bytes, magic) => {
      const garbage = magic ? Uint8Array.of(0x93, ...Buffer.from('NUMPY'), 1, 0, ...bytes) : bytes;
      for (const read of [
        () => parseIdx(bytes, 'g'),
        () => parseNpy(garbage, 'g'),
        () => parseNdjson(Buffer.from(bytes).toString('latin1'), 'g'),
      ]) {
        try {
          read();
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      }
    }),
  );
});
