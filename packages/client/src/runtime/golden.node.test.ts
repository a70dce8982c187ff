import type {DType, Golden, Manifest, TensorSpec} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {arrayOf} from './dtype.js';
import {checkGolden} from './golden.js';
import type {Session, Tensor, Tensors} from './runtime.js';

const spec = (name: string, dtype: DType, ...shape: TensorSpec['shape']): TensorSpec => ({name, dtype, shape});
const ones = (dtype: DType, ...shape: number[]): Tensor => {
  const size = shape.reduce((product, each) => product * each, 1);
  const data = new (arrayOf(dtype))(size);
  (data as Float32Array).fill((data instanceof BigInt64Array ? 1n : 1) as number);
  return {dtype, shape, data};
};

interface Example {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  /** Of the example; the model answers with `answers`. @default what the example says */
  golden: {inputs: Tensors; outputs: Tensors};
  answers?: Tensors;
}

/** What comes of the golden test of a version with one example. */
async function verdict({inputs, outputs, golden, answers = golden.outputs}: Example): Promise<string> {
  const files = new Map<string, Uint8Array>();
  const slices = (tensors: Tensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, {dtype, shape, data}]) => {
        const artifact = `${files.size}.bin`;
        files.set(artifact, new Uint8Array(data.buffer));
        return [name, {artifact, offset: 0, bytes: data.byteLength, dtype, shape}];
      }),
    );
  const example = {
    inputs: slices(golden.inputs),
    outputs: slices(golden.outputs),
    tolerance: {absolute: 0, relative: 0},
  };
  const manifest = {model: 'm', version: '1.0.0', inputs, outputs, golden: [example as unknown as Golden]};
  const session = {run: async () => answers} as unknown as Session;
  return checkGolden(manifest as unknown as Manifest, session, files, 'wasm').then(
    () => 'passed',
    (error: Error & {code: string}) => `${error.code}: ${error.message}`,
  );
}

describe('a golden example passes', () => {
  test('of every dtype, with scalars', async () => {
    for (const dtype of ['float32', 'float16', 'float64', 'int64', 'int32', 'uint8', 'bool'] as const) {
      const tensors = {inputs: {x: ones(dtype, 2, 3)}, outputs: {y: ones(dtype, 2), s: ones(dtype)}};
      const outputs = [spec('y', dtype, 'batch'), spec('s', dtype)];
      expect(await verdict({inputs: [spec('x', dtype, 'batch', 3)], outputs, golden: tensors})).toBe('passed');
    }
  });

  test('where an output has another size than an input under the same name: exporters give names as they like', async () => {
    const inputs = [spec('x', 'float32', 'batch', 'dim1'), spec('state', 'float32', 2, 'batch', 4)];
    const outputs = [spec('y', 'float32', 'batch', 'dim1'), spec('next', 'float32', 'batch', 'dim1', 4)];
    const golden = {
      inputs: {x: ones('float32', 1, 512), state: ones('float32', 2, 1, 4)},
      outputs: {y: ones('float32', 1, 7), next: ones('float32', 2, 1, 4)},
    };
    expect(await verdict({inputs, outputs, golden})).toBe('passed');
  });
});

describe('one that is not what the manifest says fails, though the model answers so', () => {
  const x = spec('x', 'float32', 'batch', 1);
  const y = spec('y', 'float32', 'batch', 10);
  const inputs = {x: ones('float32', 1, 1)};
  const failed = (tensor: string) =>
    new RegExp(`^golden_mismatch: m 1.0.0 on wasm: golden example 0 is not.*: ${tensor}`);

  test.each<[string, Tensor, string]>([
    ['another size', ones('float32', 1, 4), 'output y: expected float32\\[batch, 10\\], got float32\\[1, 4\\]'],
    ['another number of dimensions', ones('float32', 10), 'output y: expected .*, got float32\\[10\\]'],
    ['another dtype', ones('float64', 1, 10), 'output y: expected .*, got float64\\[1, 10\\]'],
  ])('an output of %s', async (_, answer, message) => {
    expect(await verdict({inputs: [x], outputs: [y], golden: {inputs, outputs: {y: answer}}})).toMatch(failed(message));
  });

  test('an input of another size', async () => {
    const golden = {inputs: {x: ones('float32', 1, 2)}, outputs: {y: ones('float32', 1, 10)}};
    const message = 'input x: expected float32\\[batch, 1\\], got float32\\[1, 2\\]';
    expect(await verdict({inputs: [x], outputs: [y], golden})).toMatch(failed(message));
  });

  test('inputs whose symbols disagree, which no call may have', async () => {
    const both = [spec('a', 'float32', 'n'), spec('b', 'float32', 'n')];
    const golden = {inputs: {a: ones('float32', 2), b: ones('float32', 1)}, outputs: {y: ones('float32', 1, 10)}};
    const message = 'input b: expected float32\\[n\\], got float32\\[1\\], while n is 2';
    expect(await verdict({inputs: both, outputs: [y], golden})).toMatch(failed(message));
  });
});

test('an answer of another shape than the example fails', async () => {
  const x = spec('x', 'float32', 'n');
  const golden = {inputs: {x: ones('float32', 2)}, outputs: {y: ones('float32', 2)}};
  const answers = {y: ones('float32', 1)};
  expect(await verdict({inputs: [x], outputs: [spec('y', 'float32', 'n')], golden, answers})).toMatch(
    /^golden_mismatch: .*y: expected float32\[2\], got float32\[1\]; this execution provider is not used/,
  );
});
