import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {onnxGraph} from '../../testing/onnx-graph.js';
import {TestRegistry} from '../../testing/registry.js';
import {batchesTried, rowsOfRuns} from '../../testing/rows-of-runs.js';
import type {Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

type Nodes = Parameters<typeof onnxGraph>[0];

interface Kind {
  nodes: Nodes;
  /** What it gives for a row alone. */
  alone: (row: readonly number[]) => number[];
  /** Golden rows, of one length. @default `golden` */
  rows?: readonly (readonly number[])[];
  /** Of a tensor. @default rows of three */
  shape?: readonly [string, ...number[]];
}

const ofLargest = (row: readonly number[]) => row.map(value => value / Math.max(...row));

/** To one of 256 steps of the range with zero in it, and back. */
function quantised(row: readonly number[]): number[] {
  const [low, high] = [Math.min(0, ...row), Math.max(0, ...row)];
  const scale = (high - low) / 255;
  const zero = Math.round(-low / scale);
  return row.map(value => (Math.min(255, Math.max(0, Math.round(value / scale) + zero)) - zero) * scale);
}

const quantise: Nodes = [
  {op: 'DynamicQuantizeLinear', inputs: ['x'], output: ['q', 'scale', 'zero']},
  {op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero'], output: 'y'},
];

/** Of the same largest and least, which the golden ones of real data may have as well. */
const golden = [
  [1, 2, 3],
  [2, 3, 1],
];
const width = 3;

/** Golden rows, each an example of its own. */
async function opened({nodes, alone, rows: goldenRows = golden, shape = ['batch', width]}: Kind) {
  const [, ...sizes] = shape;
  const bytes = goldenRows[0]!.length * 4;
  const slice = (at: number) => ({
    ...{artifact: 'rows.bin', offset: at * bytes, bytes, dtype: 'float32' as const},
    shape: [1, ...sizes],
  });
  const examples = goldenRows.map((_, i) => ({
    inputs: {x: slice(i * 2)},
    outputs: {y: slice(i * 2 + 1)},
    tolerance: {absolute: 1e-5, relative: 1e-5},
  }));
  const rows = Float32Array.from(goldenRows.flatMap(row => [...row, ...alone(row)]));
  const spec = ['float32', shape] as const;
  const files = new Map([
    ['model.onnx', onnxGraph(nodes, {x: spec}, {y: spec})],
    ['rows.bin', new Uint8Array(rows.buffer)],
  ]);
  const tensor = (name: string) => ({name, dtype: spec[0], shape: [...spec[1]]});
  const change = {golden: examples, baseline: undefined, inputs: [tensor('x')], outputs: [tensor('y')]};
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 1, {files, change})]));
  const {runtime, workers} = faultyRuntime();
  const model = await (await client(registry, {runtimes: [runtime], pollSeconds: 0})).model('scale');
  return {model, worker: workers[0]!};
}

/** The answer's bits, and who gave them. */
async function asked(model: Model, row: readonly number[]) {
  const {outputs, served} = await model.predict({x: Float32Array.from(row)});
  return {source: served.source, y: [...(outputs.y!.data as Float32Array)]};
}

/** Eight callers, of whom each has another range than the others. */
const callers = [1, 1e-3, 50, 1e4, 0.2, 7, 1e-2, 300].map((by, i) => [by, by * (i + 2.3), by / (i + 3)]);

/** What each caller gets alone and, once batches were tried, at once with the others; and the rows of the runs for that. */
async function aloneAndTogether(kind: Kind) {
  const {model, worker} = await opened(kind);
  const tried = batchesTried(worker);
  const alone = [];
  for (const row of callers) alone.push(await asked(model, row));
  const rounds = [await Promise.all(callers.map(row => asked(model, row)))];
  await tried;
  const rows = rowsOfRuns(worker);
  for (let round = 0; round < 5; round++) rounds.push(await Promise.all(callers.map(row => asked(model, row))));
  return {alone, rounds, rows};
}

test.each<[string, Kind]>([
  [
    'a division by the largest of all rows',
    {
      nodes: [
        {op: 'ReduceMax', inputs: ['x'], output: 'largest'},
        {op: 'Div', inputs: ['x', 'largest'], output: 'y'},
      ],
      alone: ofLargest,
    },
  ],
  ['quantisation on the fly, by the range of all rows', {nodes: quantise, alone: quantised}],
  [
    'a sum of all rows',
    {
      nodes: [
        {op: 'ReduceSum', inputs: ['x'], output: 'sum'},
        {op: 'Sub', inputs: ['x', 'sum'], output: 'y'},
      ],
      alone: row => row.map(value => value - row.reduce((sum, one) => sum + one, 0)),
    },
  ],
])('%s: eight callers at once get, to the bit, what each gets alone, and no rows go together', async (_, kind) => {
  const {alone, rounds, rows} = await aloneAndTogether(kind);
  expect(alone.map(({source}) => source)).toEqual(callers.map(() => 'model'));
  for (const [i, {y}] of alone.entries())
    for (const [k, value] of kind.alone(callers[i]!).entries()) expect(y[k]! / value).toBeCloseTo(1, 3);
  for (const round of rounds) expect(round).toEqual(alone);
  expect(rows).toEqual(Array.from({length: 5 * callers.length}, () => 1));
});

test('rows that know nothing of each other go together, and get the same to the bit', async () => {
  const nodes: Nodes = [{op: 'Softplus', inputs: ['x'], output: 'y'}];
  const {alone, rounds, rows} = await aloneAndTogether({
    nodes,
    alone: row => row.map(value => Math.log1p(Math.exp(value))),
  });
  for (const round of rounds) expect(round).toEqual(alone);
  expect(Math.max(...rows)).toBeGreaterThan(1);
});

test('a row that a batch leaves out takes no other row’s answer, nor gives its own away', async () => {
  // Whatever is so large that its eighth power is infinite is left out; no golden row is.
  const nodes: Nodes = [
    {op: 'Mul', inputs: ['x', 'x'], output: 'square'},
    {op: 'Mul', inputs: ['square', 'square'], output: 'fourth'},
    {op: 'Mul', inputs: ['fourth', 'fourth'], output: 'eighth'},
    {op: 'Sub', inputs: ['eighth', 'eighth'], output: 'nothing'},
    {op: 'Equal', inputs: ['nothing', 'nothing'], output: 'finite'},
    {op: 'Compress', inputs: ['x', 'finite'], output: 'y'},
  ];
  const {model, worker} = await opened({nodes, alone: row => [...row], rows: [[1], [2]], shape: ['batch']});
  const tried = batchesTried(worker);
  const values = Array.from({length: 16}, (_, i) => (i === 5 ? 1e6 : i + 1));
  const all = () => Promise.all(values.map(value => asked(model, [value])));
  await all();
  await tried;
  const rows = rowsOfRuns(worker);
  for (let round = 0; round < 3; round++)
    expect(await all()).toEqual(values.map(value => ({source: 'model', y: value === 1e6 ? [] : [value]})));
  expect(Math.max(...rows)).toBeGreaterThan(1);
});
