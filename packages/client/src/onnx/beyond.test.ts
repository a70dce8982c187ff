import type {DType, Manifest} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {onnxGraph} from '../../testing/onnx-graph.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

type Given = Record<string, {dtype: DType; data: Float32Array | Int32Array | BigInt64Array}>;

/** What an operator over vectors answers. */
async function answer(provider: ExecutionProvider, op: string, given: Given, dtype: DType): Promise<unknown[]> {
  const specs = Object.entries(given).map(([name, {dtype, data}]) => ({name, dtype, shape: [data.length]}));
  const named = Object.fromEntries(specs.map(({name, dtype, shape}) => [name, [dtype, shape] as [DType, number[]]]));
  const model = onnxGraph([{op, inputs: Object.keys(given), output: 'y'}], named, {y: [dtype, ['n']]});
  const manifest = {model: 'm', version: '1.0.0', entry: 'm.onnx', format: 'onnx', inputs: specs};
  const outputs = [{name: 'y', dtype, shape: ['n']}];
  const session = await onnxRuntime(ortWeb).load(
    {...manifest, outputs} as unknown as Manifest,
    new Map([['m.onnx', model]]),
    provider,
  );
  const tensors = specs.map(spec => [spec.name, {...spec, data: given[spec.name]!.data}] as const);
  try {
    return [...(await session.run(Object.fromEntries(tensors))).y!.data];
  } finally {
    await session.release();
  }
}

const rows = {dtype: 'float32', data: Float32Array.of(10, 20, 30, 40)} as const;
const at = (...indices: bigint[]) => ({rows, at: {dtype: 'int64', data: BigInt64Array.from(indices)}}) satisfies Given;
const int32 = (...values: number[]) => ({dtype: 'int32', data: Int32Array.from(values)}) satisfies Given[string];

describe('what a model has no answer to', () => {
  test.each([
    ['an index beyond the last', 'Gather', at(4n), /Gather.*out of data bounds/],
    ['an index before the first', 'Gather', at(-9n), /Gather.*out of data bounds/],
    ['an index beyond 32 bits', 'Gather', at(2n ** 32n + 1n), /Gather.*out of data bounds/],
  ] as const)('%s: WASM names the operator, WebGPU gives a number', async (_, op, given, error) => {
    await expect(answer('wasm', op, given, 'float32')).rejects.toThrow(error);
    expect(await answer('webgpu', op, given, 'float32')).toEqual([expect.any(Number)]);
  });

  test('a division of integers by zero: WASM names the operator, WebGPU gives a number', async () => {
    const given = {a: int32(7), b: int32(0)};
    await expect(answer('wasm', 'Div', given, 'int32')).rejects.toThrow(/Div.*zero/);
    expect(await answer('webgpu', 'Div', given, 'int32')).toEqual([expect.any(Number)]);
  });
});

test('a power of integers goes through float32 on WebGPU', async () => {
  const given = {a: int32(3, 16_777_217), b: int32(2, 1)};
  expect(await answer('wasm', 'Pow', given, 'int32')).toEqual([9, 16_777_217]);
  expect(await answer('webgpu', 'Pow', given, 'int32')).toEqual([9, 16_777_216]);
});
