import {type DType, dtypes, type Manifest, type TensorSpec} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import type {ExecutionProvider, Runtime, Session, Tensor, Tensors} from './runtime.js';

const column = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
});

type Files = ReadonlyMap<string, Uint8Array>;

/** A model, and what it answers, to the bit. */
export interface Example {
  files: Files;
  inputs: readonly TensorSpec[];
  outputs: readonly TensorSpec[];
  /** Nothing of the runtime holds such tensors: loading it must say so. */
  refused?: boolean;
  given(rows: number): Tensors;
  answer(rows: number): Tensors;
}

/** A format that a runtime loads, by models of it. */
export interface Models {
  format: Manifest['format'];
  entry: string;
  /** `y = scale * x` over float32[batch, 1]. */
  scaled(scale: number): Files;
  /** Several inputs and outputs of several dtypes and ranks; fails where the first input has other rows than the rest. */
  mixed: Example;
  /** Some of its tensors have no dimension. */
  scalar: Example;
  /** An output has so many rows as were found; none in a format whose sizes never depend on values. */
  found?: Example;
  /** The model has more outputs than these; none in a format that gives an app no others. */
  undeclared?: Example;
  /** `y` is `x`, of two columns, the input's dtype being this one. */
  same(dtype: DType): Example;
}

export interface Subject extends Models {
  open(): Runtime;
  provider: ExecutionProvider;
}

/**
 * What every runtime must do with every format that it loads, on each of its execution providers. `npm run test:contract`
 * finds these tests by the title of their `describe`.
 */
export function runtimeContract(subject: Subject): void {
  describe('the contract', () => {
    testsOf(subject);
    testsOfTensors(subject);
    testsOfTwo(subject);
  });
}

type Form = Pick<Example, 'files' | 'inputs' | 'outputs'>;

function load({provider, format, entry}: Subject, runtime: Runtime, {files, inputs, outputs}: Form): Promise<Session> {
  const manifest = {model: 'example', version: '1.0.0', entry, format, inputs, outputs} as unknown as Manifest;
  return runtime.load(manifest, files, provider);
}

const columnOf = (name: string): TensorSpec => ({name, dtype: 'float32', shape: ['batch', 1]});
/** Of `scaled`. */
const columns = {inputs: [columnOf('x')], outputs: [columnOf('y')]};

function testsOf(subject: Subject): void {
  const {open, provider, format, entry, scaled} = subject;
  const loadFiles = (runtime: Runtime, files: Files) => load(subject, runtime, {...columns, files});
  const loadScaled = (runtime: Runtime, scale: number) => loadFiles(runtime, scaled(scale));
  const withEntry = (bytes: Uint8Array): Files => new Map([...scaled(2), [entry, bytes]]);

  test('says its version, and what it loads', async () => {
    const runtime = open();
    expect(await runtime.version(provider)).toMatch(/^\d+\.\d+/);
    expect(runtime.formats).toContain(format);
  });

  test('a loaded model answers, for any size of its symbolic dimension', async () => {
    const session = await loadScaled(open(), 2);
    expect((await session.run({x: column(1, -3)})).y).toEqual(column(2, -6));
    expect((await session.run({x: column(5)})).y).toEqual(column(10));
    await session.release();
  });

  test('the caller’s data is left as it is', async () => {
    const session = await loadScaled(open(), 2);
    const x = column(1, 2);
    await session.run({x});
    expect(x).toEqual(column(1, 2));
    await session.release();
  });

  test('sessions stand side by side, also when they are loaded at once', async () => {
    const runtime = open();
    const sessions = await Promise.all([2, 3, 4].map(scale => loadScaled(runtime, scale)));
    const answers = await Promise.all(sessions.map(session => session.run({x: column(1)})));
    expect(answers.map(({y}) => y?.data[0])).toEqual([2, 3, 4]);
    for (const session of sessions) await session.release();
  });

  test('runs that are asked for at once take turns, and each gets its own answer', async () => {
    const session = await loadScaled(open(), 2);
    const answers = await Promise.all(Array.from({length: 20}, (_, i) => session.run({x: column(i)})));
    expect(answers.map(({y}) => y?.data[0])).toEqual(Array.from({length: 20}, (_, i) => 2 * i));
    await session.release();
  });

  test.each([
    ['bytes that are no model', () => new TextEncoder().encode('<!doctype html>')],
    ['a truncated model', () => scaled(2).get(entry)!.subarray(0, 40)],
  ])('%s are model_invalid, and the next load works', async (_, bytes) => {
    const runtime = open();
    await expect(loadFiles(runtime, withEntry(bytes()))).rejects.toMatchObject({code: 'model_invalid'});
    const session = await loadScaled(runtime, 2);
    expect((await session.run({x: column(4)})).y?.data[0]).toBe(8);
    await session.release();
  });

  test('an entry that is not among the files is model_invalid', async () => {
    await expect(loadFiles(open(), new Map())).rejects.toMatchObject({code: 'model_invalid'});
  });

  test('release is safe twice; a run after it is refused', async () => {
    const session = await loadScaled(open(), 2);
    await session.release();
    await session.release();
    await expect(session.run({x: column(1)})).rejects.toMatchObject({code: 'closed'});
  });

  test('warming changes nothing but the time of the first load', async () => {
    const runtime = open();
    await runtime.warm?.(provider);
    const session = await loadScaled(runtime, 2);
    expect((await session.run({x: column(1)})).y?.data[0]).toBe(2);
    await session.release();
  });
}

function testsOfTensors(subject: Subject): void {
  const {mixed, scalar, found, undeclared, same} = subject;

  /** Compared at the end: no run may write where an earlier one's outputs are. */
  async function answers(example: Example, counts: readonly number[]) {
    const loading = load(subject, subject.open(), example);
    if (example.refused) return expect(loading).rejects.toMatchObject({code: 'model_invalid'});
    const session = await loading;
    const outputs: Tensors[] = [];
    for (const rows of counts) outputs.push(await session.run(example.given(rows)));
    expect(outputs).toEqual(counts.map(rows => example.answer(rows)));
    await session.release();
  }

  test('several inputs and outputs of several dtypes, for 1, 3 and 1 rows', () => answers(mixed, [1, 3, 1]));

  test(`a tensor without a dimension ${scalar.refused ? 'is model_invalid' : 'is a scalar'}`, () =>
    answers(scalar, [1, 3, 1]));

  if (found) test('an output of as many rows as were found, also of none', () => answers(found, [0, 3, 0]));

  if (undeclared) test('an output that the manifest does not declare is not given', () => answers(undeclared, [2, 1]));

  for (const example of dtypes.map(same)) {
    const {dtype} = example.inputs[0]!;
    const title = example.refused ? 'is model_invalid: no value is changed' : 'comes back with every value as it was';
    test(`${dtype} ${title}`, () => answers(example, [2]));
  }

  test.each([
    ['more', 3, 2],
    ['fewer', 2, 3],
  ])('an input of %s rows than the model computes fails alone: the next run is right', async (_, first, rest) => {
    const session = await load(subject, subject.open(), mixed);
    const [{name}] = mixed.inputs as [TensorSpec];
    const run = session.run({...mixed.given(rest), [name]: mixed.given(first)[name]!});
    // Who asked for it knows of which version it is, and gives it a code where the runtime gives none.
    const {code = 'model_invalid'} = await run.then(
      () => ({code: 'answered'}),
      (error: {code?: string}) => error,
    );
    expect(code).toBe('model_invalid');
    expect(await session.run(mixed.given(2))).toEqual(mixed.answer(2));
    await session.release();
  });
}

function testsOfTwo(subject: Subject): void {
  const {mixed, scaled} = subject;

  test('two models answer side by side; each goes on when the other is released', async () => {
    const runtime = subject.open();
    const loadScaled = (scale: number) => load(subject, runtime, {...columns, files: scaled(scale)});
    const [scale, other] = await Promise.all([loadScaled(2), load(subject, runtime, mixed)]);
    const both = [scale, other, scale, other].map((session, i) => session.run(i % 2 ? mixed.given(2) : {x: column(i)}));
    expect(await Promise.all(both)).toEqual([{y: column(0)}, mixed.answer(2), {y: column(4)}, mixed.answer(2)]);
    const [, answer] = await Promise.all([scale.release(), other.run(mixed.given(3))]);
    expect(answer).toEqual(mixed.answer(3));
    const third = await loadScaled(3);
    await other.release();
    expect(await third.run({x: column(1)})).toEqual({y: column(3)});
    await third.release();
  });
}
