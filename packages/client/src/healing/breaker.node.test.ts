import {KedgeError, type Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Queue} from '../control/line.js';
import type {Loaded} from '../loader.js';
import type {Tensors} from '../runtime/runtime.js';
import {Breaker} from './breaker.js';
import {Collapse} from './collapse.js';
import type {Run} from './runs.js';
import {Shed} from './shed.js';

beforeEach(() => {
  vi.useFakeTimers();
  queue = undefined;
});
afterEach(() => void vi.useRealTimers());

const manifest = {
  ...{model: 'digits', version: '1.0.0', task: 'classification'},
  outputs: [{name: 'scores', dtype: 'float32', shape: ['n', 3]}],
  reference: {inputs: {}, outputs: {}, predicted: [2, 1, 1]},
} as unknown as Manifest;
/** Of a worker that takes 300 ms for each call, with so many that wait. */
let queue: Queue | undefined;
const loaded = {digest: 'a', manifest, runs: {queueOf: () => queue}} as unknown as Loaded;
const tensors = (name: string, ...values: number[]): Tensors => ({
  [name]: {dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values)},
});
const scores = (...values: number[]) => tensors('scores', ...values);

function guarded(previous?: Loaded) {
  const problems: string[] = [];
  const left: Loaded[] = [];
  const breaker = new Breaker({
    loaded,
    note: ({message}) => void problems.push(message),
    previous: () => Promise.resolve(previous),
    refusal: () => undefined,
    baseline: () => true,
    leave: each => void left.push(each),
  });
  let asked = 0;
  const run = (options = {}) =>
    ({loaded, options, tensors: tensors('x', asked++), startedMs: performance.now()}) as Run;
  const late = () => {
    const one = run({deadlineMs: 10});
    vi.advanceTimersByTime(10);
    breaker.missed(one);
  };
  return {breaker, problems, left, run, late};
}

const hasty = {deadlineMs: 10};

describe('deadlines', () => {
  test('five missed one after the other keep calls with a deadline away; one now and then tries', () => {
    const {breaker, problems, run, late} = guarded();
    for (let i = 0; i < 5; i++) {
      expect(breaker.opposes(run(hasty))).toBeUndefined();
      late();
    }
    expect(breaker.opposes(run(hasty))).toMatchObject({code: 'deadline_exceeded'});
    expect(breaker.opposes(run())).toBeUndefined();
    for (const pauseMs of [1000, 2000, 4000]) {
      vi.advanceTimersByTime(pauseMs - 11);
      expect(breaker.opposes(run(hasty))).toBeDefined();
      vi.advanceTimersByTime(11);
      expect([breaker.opposes(run(hasty)), breaker.opposes(run(hasty))]).toMatchObject([undefined, {}]);
      late();
    }
    vi.advanceTimersByTime(8000);
    expect(breaker.opposes(run(hasty))).toBeUndefined();
    breaker.met(run(hasty), scores(0.5, 0.3, 0.2));
    expect([breaker.opposes(run(hasty)), breaker.opposes(run(hasty))]).toEqual([undefined, undefined]);
    expect(new Set(problems).size).toBe(1);
  });

  test('that are missed behind one run count once, and one that is met begins the count anew', () => {
    const {breaker, run, late} = guarded();
    const behind = Array.from({length: 20}, () => run(hasty));
    vi.advanceTimersByTime(10);
    for (const one of behind) breaker.missed(one);
    for (let i = 0; i < 3; i++) late();
    breaker.met(run(hasty), scores(0.5, 0.3, 0.2));
    for (let i = 0; i < 4; i++) late();
    expect(breaker.opposes(run(hasty))).toBeUndefined();
  });

  test('leave the version before, which is given back once one is met', async () => {
    const before = {digest: 'b'} as Loaded;
    const {breaker, left, run, late} = guarded(before);
    for (let i = 0; i < 5; i++) late();
    await Promise.resolve();
    expect(breaker.previous).toBe(before);
    // Which is asked of calls without a deadline.
    expect(breaker.instead).toBeUndefined();
    breaker.met(run(), scores(0.5, 0.3, 0.2));
    expect(breaker.previous).toBe(before);
    breaker.met(run(hasty), scores(0.4, 0.3, 0.2));
    expect([breaker.previous, left]).toEqual([undefined, [before]]);
  });
});

test('what answers in its place goes before a refusal for what waits', () => {
  const {breaker, run, late} = guarded({digest: 'b'} as Loaded);
  const waiting = {run: {loaded}, priority: 0, size: 1} as Queue['waiting'][number];
  queue = {waiting: [waiting, waiting], running: new Set(), calls: 0, best: {runs: 9, ms: 300, size: 1}, sizes: []};
  expect(breaker.opposes(run(hasty))).toBeInstanceOf(Shed);
  for (let i = 0; i < 5; i++) late();
  expect(breaker.opposes(run(hasty))).toMatchObject({code: 'deadline_exceeded'});
  expect(breaker.opposes(run(hasty))).not.toBeInstanceOf(Shed);
});

describe('a collapse', () => {
  test('is the same scores for fifty inputs; a trial that has others ends it', () => {
    const {breaker, run, problems} = guarded();
    const same = scores(0.2, 0.5, 0.3);
    for (let i = 0; i < 49; i++) breaker.met(run(), same);
    expect(breaker.opposes(run())).toBeUndefined();
    breaker.met(run(), same);
    expect(breaker.opposes(run())).toMatchObject({code: 'output_invalid'});
    vi.advanceTimersByTime(1000);
    expect(breaker.opposes(run())).toBeUndefined();
    breaker.met(run(), same);
    vi.advanceTimersByTime(1000);
    expect(breaker.opposes(run())).toBeDefined();
    vi.advanceTimersByTime(1000);
    expect(breaker.opposes(run())).toBeUndefined();
    breaker.met(run(), scores(0.2, 0.4, 0.4));
    expect([breaker.opposes(run()), breaker.opposes(run())]).toEqual([undefined, undefined]);
    expect(new Set(problems).size).toBe(1);
  });

  test('is told beforehand of the next call, until that is the one that tries', async () => {
    const before = {digest: 'b'} as Loaded;
    const {breaker, run} = guarded(before);
    expect(breaker.instead).toBeUndefined();
    for (let i = 0; i < 50; i++) breaker.met(run(), scores(0.2, 0.5, 0.3));
    const why = expect.objectContaining({code: 'output_invalid'}) as KedgeError;
    expect(breaker.instead).toEqual(['baseline', undefined, why]);
    await Promise.resolve();
    expect(breaker.instead).toEqual(['previous', before, why]);
    vi.advanceTimersByTime(1000);
    expect([breaker.instead, breaker.opposes(run())]).toEqual([undefined, undefined]);
    // Who tries holds back the others.
    expect(breaker.instead).toEqual(['previous', before, why]);
  });

  const seen = (of: Manifest, answer: (i: number) => Tensors, input = (i: number) => i) =>
    Array.from({length: 500}, (_, i) => i).some(
      (
        all => i =>
          all!.saw(tensors('x', input(i)), answer(i))
      )(Collapse.of(of)),
    );
  const same = () => scores(0.2, 0.5, 0.3);
  const prior = (predicted: number[]) => ({...manifest, reference: {...manifest.reference!, predicted}});

  test.each<[string, Manifest, (i: number) => Tensors, (i: number) => number]>([
    ['one class for ever, in scores that differ', manifest, i => scores(0.2, 0.5 + i / 1e6, 0.3), i => i],
    ['one and the same input', manifest, same, () => 1],
    ['answers that are as sure as can be', manifest, () => scores(0, 1, 0), i => i],
    ['a class that nearly all have', prior([1, 998, 1]), same, i => i],
    ['several rows', manifest, () => scores(0.2, 0.5, 0.3, 0.2, 0.5, 0.3), i => i],
  ])('is not %s', (_, of, answer, input) => expect(seen(of, answer, input)).toBe(false));

  test('is found later where its class is frequent', () => {
    expect([seen(manifest, same), seen(prior([5, 90, 5]), same)]).toEqual([true, true]);
    expect(0.9 ** 197).toBeLessThan(1e-9);
  });

  test.each<[string, Partial<Manifest>]>([
    ['no classifier', {task: 'regression'}],
    ['two classes', {reference: {inputs: {}, outputs: {}, predicted: [1, 1]}}],
    ['labels in place of scores', {outputs: [{name: 'scores', dtype: 'int64', shape: ['n', 3]}]}],
    ['a prior that nobody knows', {reference: {inputs: {}, outputs: {}}}],
  ])('is not looked for with %s', (_, change) => expect(Collapse.of({...manifest, ...change})).toBeUndefined());
});

describe('the baseline in its place', () => {
  test('is asked before `predict` returns: the array is the caller’s again then', async () => {
    const {breaker, run} = guarded();
    const asked = run(hasty);
    const seen: number[] = [];
    const answerBaseline = ({x}: Tensors) => Promise.resolve(void seen.push(Number(x!.data[0])));
    const model = {answerBaseline, name: 'digits', shared: {releases: {}}};
    const given = Number(asked.tensors.x!.data[0]);
    const answer = breaker.answer(model as never, asked, new KedgeError('deadline_exceeded', 'late'));
    asked.tensors.x!.data[0] = 777;
    await answer;
    expect(seen).toEqual([given]);
  });
});
