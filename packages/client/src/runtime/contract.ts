import type {Manifest} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import type {ExecutionProvider, Runtime, Tensor} from './runtime.js';

const column = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
});

type Files = ReadonlyMap<string, Uint8Array>;

/** A format that a runtime loads, by a model `y = scale * x` over float32[batch, 1]. */
export interface Subject {
  open(): Runtime;
  provider: ExecutionProvider;
  format: Manifest['format'];
  entry: string;
  scaled(scale: number): Files;
}

/**
 * What every runtime must do with every format that it loads, on each of its execution providers. `npm run test:contract`
 * finds these tests by the title of their `describe`.
 */
export function runtimeContract(subject: Subject): void {
  describe('the contract', () => testsOf(subject));
}

function testsOf({open, provider, format, entry, scaled}: Subject): void {
  const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: ['batch', 1]});
  const version = {model: 'scale', version: '1.0.0', entry, format, inputs: [tensor('x')], outputs: [tensor('y')]};
  const manifest = version as unknown as Manifest;
  const load = (runtime: Runtime, scale: number) => runtime.load(manifest, scaled(scale), provider);
  const withEntry = (bytes: Uint8Array): Files => new Map([...scaled(2), [entry, bytes]]);

  test('says its version, and what it loads', async () => {
    const runtime = open();
    expect(await runtime.version(provider)).toMatch(/^\d+\.\d+/);
    expect(runtime.formats).toContain(format);
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

  test('runs that are asked for at once take turns, and each gets its own answer', async () => {
    const session = await load(open(), 2);
    const answers = await Promise.all(Array.from({length: 20}, (_, i) => session.run({x: column(i)})));
    expect(answers.map(({y}) => y?.data[0])).toEqual(Array.from({length: 20}, (_, i) => 2 * i));
    await session.release();
  });

  test.each([
    ['bytes that are no model', () => new TextEncoder().encode('<!doctype html>')],
    ['a truncated model', () => scaled(2).get(entry)!.subarray(0, 40)],
  ])('%s are model_invalid, and the next load works', async (_, bytes) => {
    const runtime = open();
    const loading = runtime.load(manifest, withEntry(bytes()), provider);
    await expect(loading).rejects.toMatchObject({code: 'model_invalid'});
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
