import {type Manifest, sha256} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {testManifest} from '../../testing/manifest.js';
import {MemoryStore} from '../store/memory.js';
import {hasRows, rowOf} from './batch.js';
import {batches} from './batches.js';
import type {Session} from './runtime.js';

const width = 3;
const spec = (shape: (string | number)[]) => ({name: 'x', dtype: 'float32' as const, shape});

/** A version whose golden examples are these rows. */
async function version(...rows: number[][]) {
  const store = new MemoryStore();
  const data = new Uint8Array(Float32Array.from(rows.flat()).buffer);
  const address = await sha256(crypto.subtle, data);
  await store.putChunks([{sha256: address, data}]);
  const chunk = {sha256: address, bytes: data.length};
  const slice = (i: number) => ({
    ...{artifact: 'golden.bin', offset: i * width * 4, bytes: width * 4, dtype: 'float32' as const},
    shape: [1, width],
  });
  const manifest = testManifest('1.0.0', [], {
    artifacts: rows.length > 0 ? [{path: 'golden.bin', ...chunk, chunks: [chunk]}] : [],
    inputs: [spec(['batch', width])],
    outputs: [spec(['batch', width])],
    golden: rows.map((_, i) => ({inputs: {x: slice(i)}, outputs: {}, tolerance: {absolute: 0, relative: 0}})),
  });
  return {manifest, store};
}

type Compute = (row: number[], rows: readonly number[][], i: number) => number[];

/** Counts the rows of each run. @param msOf how long the next one takes, by how many were before it */
function session(compute: Compute, msOf = (_: number) => 0) {
  const runs: number[] = [];
  const made: Session = {
    async run({x}) {
      const count = x!.shape[0]!;
      const ms = msOf(runs.length);
      runs.push(count);
      if (ms > 0) await new Promise(resolve => setTimeout(resolve, ms));
      const rows = Array.from({length: count}, (_, i) => [...x!.data.slice(i * width, (i + 1) * width)].map(Number));
      const data = Float32Array.from(rows.flatMap((row, i) => compute(row, rows, i)));
      return {x: {dtype: 'float32', shape: [count, width], data}};
    },
    turns: work => work(),
    compute: inputs => made.run(inputs),
    release: async () => {},
  };
  return {session: made, runs};
}

const asked = async (compute: Compute, rows = [[1, 2, 3]], msOf?: (run: number) => number) => {
  const {manifest, store} = await version(...rows);
  const {session: made, runs} = session(compute, msOf);
  return {sizes: await batches(manifest, made, store), runs};
};

describe('how many rows may be run together', () => {
  test('all sizes, where each row has what it has alone', async () => {
    expect((await asked(row => row.map(value => value * 2))).sizes).toEqual([2, 4, 8, 16, 32]);
  });

  test('none, where the rows see each other', async () => {
    const mean: Compute = (row, rows) =>
      row.map((value, k) => value - rows.reduce((sum, each) => sum + each[k]!, 0) / rows.length);
    expect((await asked(mean)).sizes).toEqual([]);
  });

  test('none, where an operator divides by the largest of all rows', async () => {
    const ofLargest: Compute = (row, rows) => row.map(value => value / Math.max(...rows.flat()));
    expect((await asked(ofLargest)).sizes).toEqual([]);
  });

  test('none, where it subtracts the least of all rows, which is the same in all golden ones', async () => {
    const aboveLeast: Compute = (row, rows) => row.map(value => value - Math.min(...rows.flat()));
    expect(
      (
        await asked(aboveLeast, [
          [0, 2, 3],
          [0, 1, 2],
        ])
      ).sizes,
    ).toEqual([]);
  });

  test('none, where a dense layer is quantised by the range of all rows', async () => {
    const quantised = (row: number[], rows: readonly number[][]) => {
      const all = [0, ...rows.flat()];
      const scale = (Math.max(...all) - Math.min(...all)) / 255 || 1;
      return row.map(value => Math.round(value / scale) * scale);
    };
    const dense: Compute = (row, rows) => {
      const [a, b, c] = quantised(row, rows) as [number, number, number];
      return [a - b, b + c / 2, Math.max(a, b, c)];
    };
    expect((await asked(dense)).sizes).toEqual([]);
    const classOf: Compute = (row, rows) => {
      const scores = dense(row, rows, 0);
      return scores.map(score => Number(score === Math.max(...scores)));
    };
    expect(
      (
        await asked(classOf, [
          [1, 2, 3],
          [3, 1, 2],
        ])
      ).sizes,
    ).toEqual([]);
  });

  test('not the size where only a row that is far larger than the others changes its neighbour', async () => {
    const pairs: Compute = (row, rows) =>
      rows.length === 2 && Math.max(...rows.flat()) > 1000 ? row.map(value => value + 1) : row;
    expect((await asked(pairs)).sizes).toEqual([4, 8, 16, 32]);
  });

  test('all sizes, where some rows give NaN, alone and together', async () => {
    expect((await asked(row => row.map(value => Math.log(value) / value))).sizes).toEqual([2, 4, 8, 16, 32]);
  });

  test('not those that differ in one bit of one row', async () => {
    const off: Compute = (row, rows, i) =>
      rows.length === 8 && i === 7 ? row.map(value => value * (1 + 2 ** -23)) : row;
    expect((await asked(off)).sizes).toEqual([2, 4, 16, 32]);
  });

  test('none, where every row has one result: nobody can tell whether they were kept apart', async () => {
    expect((await asked(() => [1, 1, 1])).sizes).toEqual([]);
  });

  test('none without golden inputs, and nothing is run', async () => {
    expect(await asked(row => row, [])).toEqual({sizes: [], runs: []});
  });

  test.each([
    [15, [1, 1, 1, 1]],
    [50, [1, 1]],
  ])('none that takes long (%i ms), and little is run to see that', async (ms, expected) => {
    const {sizes, runs} = await asked(
      row => row,
      [[1, 2, 3]],
      () => ms,
    );
    expect([sizes, runs]).toEqual([[], expected]);
  });

  test.each([1, 9, 12, 13, 14, 16])(
    'as many where the machine was at something else for a moment (run %i)',
    async at => {
      const {sizes} = await asked(
        row => row,
        [[1, 2, 3]],
        run => (run === at ? 25 : 0),
      );
      expect(sizes).toEqual([2, 4, 8, 16, 32]);
    },
  );
});

describe('a version has rows', () => {
  const manifest = (...shapes: (string | number)[][]) =>
    ({inputs: shapes.slice(0, -1).map(spec), outputs: [spec(shapes.at(-1)!)]}) as unknown as Manifest;

  test.each([
    ['one symbol before fixed numbers', manifest(['n', 3], ['n', 1, 28], ['n', 10]), true],
    ['an output of another', manifest(['n', 3], ['m', 10]), false],
    ['inputs of several', manifest(['n', 3], ['m', 3], ['n', 10]), false],
    ['a second symbol', manifest(['n', 'width'], ['n', 10]), false],
    ['the symbol twice', manifest(['n', 'n'], ['n', 10]), false],
    ['a fixed number of rows', manifest([1, 3], [1, 10]), false],
    ['a state that is carried on', manifest(['n', 3], [2, 'n', 64], ['n', 1]), false],
    ['a number alone', manifest([], []), false],
  ])('%s', (_, each, has) => {
    expect(hasRows(each)).toBe(has);
  });
});

test("of tensors with another number of rows none is anybody's", () => {
  const rows = (count: number) => ({
    x: {dtype: 'float32' as const, shape: [count, 2], data: new Float32Array(count * 2)},
  });
  expect(rowOf(rows(3), 2, 3)).toMatchObject({x: {shape: [1, 2]}});
  for (const count of [0, 2, 4, 6]) expect(() => rowOf(rows(count), 0, 3)).toThrow(RangeError);
});
