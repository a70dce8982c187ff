import type {Manifest} from '@kedge/core';
import {expect, test} from 'vitest';
import {doubler} from '../../testing/doubler.js';
import type {ExecutionProvider, Runtime, Tensor} from './runtime.js';

const manifest = {model: 'scale', version: '1.0.0', entry: 'model.onnx', format: 'onnx'} as Manifest;
const files = (bytes: Uint8Array) => new Map([['model.onnx', bytes]]);
const column = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
});

/** What every runtime that loads ONNX must do, on each of its execution providers. */
export function onnxRuntimeContract(open: () => Runtime, provider: ExecutionProvider): void {
  const load = (runtime: Runtime, scale: number) => runtime.load(manifest, files(doubler(scale)), provider);

  test('says its version, and offers the provider', async () => {
    const runtime = open();
    expect(await runtime.version(provider)).toMatch(/^\d+\.\d+/);
    expect(await runtime.providers()).toContain(provider);
  });

  test('a loaded model answers, for any size of its symbolic dimension', async () => {
    const session = await load(open(), 2);
    expect((await session.run({x: column(1, -3)})).y).toEqual(column(2, -6));
    expect((await session.run({x: column(5)})).y).toEqual(column(10));
    await session.release();
  });

  test('the caller’s data is left as it is', async () => {
    const session = await load(open(), 2);
    const x = column(1, 2);
    await session.run({x});
    expect(x).toEqual(column(1, 2));
    await session.release();
  });

  test('sessions stand side by side, also when they are loaded at once', async () => {
    const runtime = open();
    const sessions = await Promise.all([2, 3, 4].map(scale => load(runtime, scale)));
    const answers = await Promise.all(sessions.map(session => session.run({x: column(1)})));
    expect(answers.map(({y}) => y?.data[0])).toEqual([2, 3, 4]);
    for (const session of sessions) await session.release();
  });

  test.each([
    ['bytes that are no model', () => new TextEncoder().encode('<!doctype html>')],
    ['a truncated model', () => doubler(2).subarray(0, 40)],
  ])('%s are model_invalid, and the next load works', async (_, bytes) => {
    const runtime = open();
    await expect(runtime.load(manifest, files(bytes()), provider)).rejects.toMatchObject({code: 'model_invalid'});
    const session = await load(runtime, 2);
    expect((await session.run({x: column(4)})).y?.data[0]).toBe(8);
    await session.release();
  });

  test('an entry that is not among the files is model_invalid', async () => {
    await expect(open().load(manifest, new Map(), provider)).rejects.toMatchObject({code: 'model_invalid'});
  });

  test('release is safe twice; a run after it is refused', async () => {
    const session = await load(open(), 2);
    await session.release();
    await session.release();
    await expect(session.run({x: column(1)})).rejects.toMatchObject({code: 'closed'});
  });

  test('warming changes nothing but the time of the first load', async () => {
    const runtime = open();
    await runtime.warm?.(provider);
    const session = await load(runtime, 2);
    expect((await session.run({x: column(1)})).y?.data[0]).toBe(2);
    await session.release();
  });
}
