import type {KedgeEvent, Release} from '@kedge/core';
import {newcombeInterval, wilsonInterval} from '@kedge/stats';
import {describe, expect, it} from 'vitest';
import {assigned, at, context, predictions, TestCollector} from '../testing/test-collector.js';

const collector = new TestCollector();

const release: Release = {
  schema: 'kedge.release/1',
  channel: 'prod',
  version: 3,
  issued: '2026-01-01T00:00:00Z',
  expires: '2027-01-01T00:00:00Z',
  models: {digits: {champion: '1.0.0', versions: {}, revoked: [], enabled: true}},
  experiments: [
    {
      key: 'cnn',
      model: 'digits',
      phase: 1,
      salt: 's',
      hash: 'murmur3-1',
      status: 'running',
      arms: [
        {key: 'challenger', version: '1.1.0', weight: 5000, ranges: [[0, 5000]]},
        {key: 'champion', version: '1.0.0', weight: 5000, ranges: [[5000, 10_000]]},
      ],
      unassigned: 0,
      plan: {metric: 'accuracy', margin: 0.02, units: 400, alpha: 0.1},
    },
  ],
};

const label = (correct: boolean, unit: string, arm: string): KedgeEvent => ({
  kind: 'label',
  at,
  context: {...context, unit, arm},
  correct,
  predicted: correct ? 1 : 7,
  truth: 1,
  error: null,
});

/** One unit's events: assigned, ready, then a prediction and its label for every entry of `answers`. */
function unitEvents(unit: string, arm: string, answers: readonly boolean[], latencyMs = 5): KedgeEvent[] {
  const shared = {at, context: {...context, unit, arm}};
  return [
    {kind: 'assigned', ...shared},
    {kind: 'ready', ...shared, durationMs: 300, downloadedBytes: 1000},
    ...answers.flatMap(correct => [
      {kind: 'prediction' as const, ...shared, latencyMs, predicted: 1},
      label(correct, unit, arm),
    ]),
  ];
}

let producers = 0;
async function sendUnits(arm: string, units: number, answersOf: (i: number) => readonly boolean[]): Promise<void> {
  for (let i = 0; i < units; i++) {
    const sent = await collector.send(unitEvents(`${arm}-${i}`, arm, answersOf(i)), {producer: `p${producers++}`});
    expect(sent.status).toBe(202);
  }
}

const experiment = async () => (await collector.report()).experiments[0]!;

describe('the report', () => {
  it('counts units in each state by their assigned arm, whatever answered', async () => {
    const baseline = {source: 'baseline', version: null, provider: null} as const;
    await collector.send([
      assigned(),
      assigned(),
      assigned({unit: 'unit-2'}),
      {kind: 'ready', at, context, durationMs: 120, downloadedBytes: 500},
      {kind: 'ready', at, context, durationMs: 80, downloadedBytes: 0},
      ...predictions(3),
      ...predictions(2, {unit: 'unit-2', ...baseline}),
      label(true, 'unit-1', 'champion'),
      {kind: 'failure', at, context, code: 'deadline_exceeded', stage: 'predict'},
      {kind: 'failure', at, context, code: 'deadline_exceeded', stage: 'predict'},
      {kind: 'failure', at, context, code: 'worker_lost', stage: 'worker'},
      {kind: 'metric', at, context, name: 'revenue', value: 3},
      {kind: 'metric', at, context, name: 'revenue', value: 5},
      {kind: 'dropped', at, context, reason: 'full', count: 12},
    ]);
    expect(await collector.firstArm()).toMatchObject({
      units: {assigned: 2, ready: 1, served: 2, labelled: 1},
      predictions: 5,
      labels: 1,
      correct: 1,
      sources: {model: 3, previous: 0, baseline: 2},
      versions: [
        {version: '1.0.0', predictions: 3},
        {version: 'baseline', predictions: 2},
      ],
      failures: [
        {code: 'deadline_exceeded', stage: 'predict', count: 2},
        {code: 'worker_lost', stage: 'worker', count: 1},
      ],
      confusion: [{predicted: 1, truth: 1, count: 1}],
      metrics: [{name: 'revenue', n: 2, mean: 4, deviation: Math.SQRT2}],
      // The second was there already: nothing was installed.
      installs: {n: 1, meanMs: 120, downloadedBytes: 500},
      dropped: [{reason: 'full', count: 12}],
      firstAt: new Date(at).toISOString(),
      lastAt: new Date(at + 2).toISOString(),
    });
  });

  it('gives accuracy with Wilson’s interval and the difference with Newcombe’s, one label a unit', async () => {
    await collector.reopen({release: async () => ({...release, experiments: []})});
    await sendUnits('champion', 50, i => [i % 5 !== 0]);
    await sendUnits('challenger', 60, i => [i % 20 !== 0]);
    const {arms, comparisons, confidence} = await experiment();
    const [a, b] = [
      {successes: 40, trials: 50},
      {successes: 57, trials: 60},
    ];
    expect(confidence).toBe(0.95);
    expect(arms.map(({arm}) => arm)).toEqual(['champion', 'challenger']);
    expect(arms[0]!.accuracy).toMatchObject({rate: 0.8, plain: wilsonInterval(a)});
    expect(comparisons[0]).toMatchObject({arm: 'challenger', against: 'champion'});
    const {difference, low, high} = newcombeInterval(a, b);
    expect(comparisons[0]!.difference).toBeCloseTo(0.15, 12);
    expect([difference, low, high]).toEqual([
      comparisons[0]!.difference,
      comparisons[0]!.plain.low,
      comparisons[0]!.plain.high,
    ]);
    // A sample's variance has n - 1 in it: one unit in fifty short of no clustering at all.
    expect(arms[0]!.accuracy!.designEffect).toBeCloseTo(50 / 49, 12);
    expect(comparisons[0]!.verdict).toMatchObject({code: 'better'});
    expect(comparisons[0]!.verdict.text).toContain('above 0');
  });

  it('widens the intervals when labels of a unit resemble each other', async () => {
    await sendUnits('champion', 20, i => Array.from({length: 10}, () => i % 5 !== 0));
    const {arms, notes} = await experiment();
    const {accuracy} = arms[0]!;
    expect(accuracy!.designEffect).toBeCloseTo(10 * (20 / 19), 10);
    expect(accuracy!.low).toBeLessThan(accuracy!.plain.low);
    expect(notes.some(note => note.includes('resemble'))).toBe(true);
    const effective = wilsonInterval({successes: 16 * (19 / 20), trials: 19});
    expect(accuracy!.low).toBeCloseTo(effective.low, 12);
  });

  it('takes weights, versions and the plan from the release', async () => {
    await collector.reopen({release: async () => release});
    await sendUnits('champion', 40, () => [true]);
    const {arms, comparisons, confidence, checks, status, notes} = await experiment();
    expect([status, confidence]).toEqual(['running', 0.9]);
    // The arm that has sent nothing stands there too.
    expect(
      arms.map(({arm, champion, version, weight, units}) => [arm, champion, version, weight, units.assigned]),
    ).toEqual([
      ['champion', true, '1.0.0', 5000, 40],
      ['challenger', false, '1.1.0', 5000, 0],
    ]);
    expect(checks.assigned).toMatchObject({state: 'alarm'});
    expect(checks.assignedSequential).toMatchObject({state: 'alarm'});
    expect(comparisons[0]!.verdict.code).toBe('ratio_off');
    expect(comparisons[0]!.difference).toBeNull();
    expect(notes.some(note => note.includes('40 of the planned 400'))).toBe(true);
  });

  it('checks every unit against the weights under which it was assigned, so that a ramp is no alarm', async () => {
    let version = 3;
    let weights = [9500, 500];
    const ramped = () => ({
      ...release,
      version,
      experiments: release.experiments.map(one => ({
        ...one,
        arms: one.arms.map((arm, i) => ({...arm, weight: weights[1 - i]!})),
      })),
    });
    await collector.reopen({release: async () => ramped()});
    const assign = (arm: string, units: number) =>
      collector.send(
        Array.from({length: units}, (_, i) => assigned({arm, unit: `${arm}-${version}-${i}`, release: version})),
        {producer: `${arm}${version}`},
      );
    await assign('champion', 285);
    await assign('challenger', 15);
    expect((await experiment()).checks.assigned.state).toBe('ok');
    [version, weights] = [4, [5000, 5000]];
    await assign('champion', 150);
    await assign('challenger', 150);
    expect((await experiment()).checks).toMatchObject({assigned: {state: 'ok'}, assignedSequential: {state: 'ok'}});
    // The earlier weights are remembered by the store, not by the process.
    await collector.reopen({release: async () => ramped()});
    expect((await experiment()).checks).toMatchObject({assigned: {state: 'ok'}, assignedSequential: {state: 'ok'}});
    version = 5;
    await assign('champion', 150);
    version = 6;
    const {checks, notes} = await experiment();
    expect(checks.assigned.state).toBe('ok');
    expect(notes.some(note => note.startsWith('150 units were assigned under releases'))).toBe(true);
  });

  it('says that weights are not known rather than guess them', async () => {
    await collector.reopen({release: () => Promise.reject(new Error('registry is down'))});
    await sendUnits('champion', 40, () => [true]);
    const {checks, status} = await experiment();
    expect(status).toBeNull();
    expect(checks.assigned).toMatchObject({state: 'unknown', pValue: null});
  });

  it.each([
    ['too_few_labels', 29, 29],
    ['no_difference', 40, 40],
    ['not_worse', 300, 300],
    ['worse', 400, 300],
  ])('%s', async (code, championRight, challengerRight) => {
    await collector.reopen({release: async () => release});
    const units = Math.max(championRight, 29);
    for (const [arm, right] of [
      ['champion', championRight],
      ['challenger', challengerRight],
    ] as const)
      // prettier-ignore
      for (let first = 0; first < units; first += 100) {
        const count = Math.min(100, units - first);
        const events = Array.from({length: count}, (_, i) => unitEvents(`${arm}-${first + i}`, arm, [first + i < right]));
        await collector.send(events.flat(), {producer: arm, seq: first * 4});
      }
    const {comparisons} = await experiment();
    expect(comparisons[0]!.verdict.code).toBe(code);
  });

  it('does not compare arms that are labelled at different rates', async () => {
    await sendUnits('champion', 60, () => [true]);
    await sendUnits('challenger', 120, i => (i < 40 ? [true] : []));
    await collector.send(predictions(1, {arm: 'challenger', unit: 'x'}), {producer: 'x'});
    for (let i = 40; i < 120; i++)
      await collector.send(predictions(1, {arm: 'challenger', unit: `challenger-${i}`}), {producer: `y${i}`});
    const {comparisons, checks} = await experiment();
    expect(checks.labelled.state).toBe('alarm');
    expect(comparisons[0]!.verdict.code).toBe('labels_uneven');
  });

  it('notes units that were seen in two arms, each once', async () => {
    await collector.send([assigned(), assigned({arm: 'challenger'}), assigned({arm: 'third'}), assigned()]);
    await collector.send([assigned({arm: 'challenger', phase: 2})], {producer: 'q'});
    const {experiments} = await collector.report();
    expect(experiments.map(({phase, multipleArms}) => [phase, multipleArms])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(experiments[0]!.notes.some(note => note.includes('more than one arm'))).toBe(true);
  });

  it('counts events without a unit in their arm only', async () => {
    await collector.send([...predictions(2, {unit: ''}), label(true, '', 'champion')]);
    const {arms, notes} = await experiment();
    expect(arms[0]).toMatchObject({predictions: 2, judged: 1, units: {assigned: 0, ready: 0, served: 0, labelled: 0}});
    expect(notes.some(note => note.includes('without a unit'))).toBe(true);
  });

  it('keeps units in no experiment apart, by model', async () => {
    await collector.send(predictions(2, {experiment: null, arm: null}));
    const {experiments, models} = await collector.report();
    expect(experiments).toEqual([]);
    expect(models).toMatchObject([{project: 'default', model: 'digits', predictions: 2}]);
  });

  it('tells latency by execution provider, within one per cent', async () => {
    const timed = (provider: string, latencyMs: number): KedgeEvent => ({
      kind: 'prediction',
      at,
      context: {...context, provider},
      latencyMs,
      predicted: 1,
    });
    await collector.send([...[10, 20, 30].map(ms => timed('wasm', ms)), timed('webgpu', 2)]);
    const {latency, providers} = await collector.firstArm();
    expect(providers.map(({provider, predictions: n}) => [provider, n])).toEqual([
      ['wasm', 3],
      ['webgpu', 1],
    ]);
    expect(Math.abs(providers[0]!.p50Ms / 20 - 1)).toBeLessThan(0.01);
    expect(Math.abs(latency!.p50Ms / 10 - 1)).toBeLessThan(0.01);
  });

  it('gives the error of labels that are values', async () => {
    const valued = (error: number): KedgeEvent => ({
      kind: 'label', at, context, correct: null, predicted: null, truth: null, error,
    }); // prettier-ignore
    await collector.send([valued(3), valued(-4)]);
    expect(await collector.firstArm()).toMatchObject({
      labels: 2,
      judged: 0,
      accuracy: null,
      error: {n: 2, mean: -0.5, rootMeanSquare: Math.sqrt(12.5)},
    });
  });

  it('can be asked for one experiment and phase', async () => {
    await collector.send([assigned(), assigned({phase: 2}), assigned({experiment: 'other'})]);
    expect((await collector.report('?experiment=cnn')).experiments).toHaveLength(2);
    expect((await collector.report('?experiment=cnn&phase=2')).experiments).toHaveLength(1);
    expect((await collector.report('?experiment=none')).experiments).toEqual([]);
  });
});
