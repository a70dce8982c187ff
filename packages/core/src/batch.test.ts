import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {describe, expect, test, vi} from 'vitest';
import {
  Batch,
  type Context,
  decodeBatch,
  encodeBatch,
  errorCodes,
  type KedgeEvent,
  maxBatchEvents,
  parse,
  stages,
} from './index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const header = {writeKey: 'wk_demo', producer: 'p', epoch: 'e', seq: 7, sdk: 'test/1'};

const text = fc.oneof(fc.string({maxLength: 20}), fc.constantFrom('__proto__', 'constructor', ''));
const maybe = fc.option(text);
const contextArb: fc.Arbitrary<Context> = fc.record({
  unit: text,
  model: text,
  experiment: maybe,
  phase: fc.nat(),
  arm: maybe,
  version: maybe,
  digest: maybe,
  source: fc.constantFrom('model', 'previous', 'baseline'),
  provider: maybe,
  release: fc.nat(),
});
const at = fc.integer({min: 946_684_800_000, max: 4_102_444_800_000});
const index = fc.option(fc.nat(1000));
const finite = fc.double({noNaN: true, min: -1e15, max: 1e15}).map(value => value + 0);
const shared = {at, context: contextArb};
const eventArb: fc.Arbitrary<KedgeEvent> = fc.oneof(
  fc.record({...shared, kind: fc.constant('assigned' as const)}),
  fc.record({...shared, kind: fc.constant('ready' as const), durationMs: fc.nat(), downloadedBytes: fc.nat()}),
  fc.record({
    ...shared,
    kind: fc.constant('prediction' as const),
    latencyMs: fc.nat(100_000).map(tenths => tenths / 10),
    predicted: index,
  }),
  fc.record({
    ...shared,
    kind: fc.constant('label' as const),
    correct: fc.option(fc.boolean()),
    predicted: index,
    truth: index,
    error: fc.option(finite),
  }),
  fc.record({
    ...shared,
    kind: fc.constant('failure' as const),
    code: fc.constantFrom(...errorCodes),
    stage: fc.constantFrom(...stages),
  }),
  fc.record({...shared, kind: fc.constant('metric' as const), name: text, value: finite}),
  fc.record({...shared, kind: fc.constant('dropped' as const), reason: text, count: fc.nat()}),
);

test('what was encoded, sent as JSON and checked decodes to the same events', () => {
  fc.assert(
    fc.property(fc.array(eventArb, {minLength: 1, maxLength: 60}), events => {
      const received: unknown = JSON.parse(JSON.stringify(encodeBatch(header, events)));
      const decoded = decodeBatch(parse(Batch, received, 'events_invalid', 'batch'));
      // JSON has no negative zero.
      expect(decoded).toEqual(JSON.parse(JSON.stringify(events)));
    }),
    {numRuns: 300},
  );
});

const context: Context = {
  unit: 'q1vzK0m6S9mXbq3mHc0T2A',
  model: 'digits',
  experiment: 'digits-cnn',
  phase: 1,
  arm: 'challenger',
  version: '1.1.0',
  digest: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  source: 'model',
  provider: 'wasm',
  release: 7,
};

const oneOfEach: KedgeEvent[] = [
  {kind: 'assigned', at: 1_800_000_000_000, context},
  {kind: 'ready', at: 1_800_000_000_900, context, durationMs: 900, downloadedBytes: 480_000},
  {kind: 'prediction', at: 1_800_000_001_000, context, latencyMs: 4.2, predicted: 7},
  {kind: 'label', at: 1_800_000_002_000, context, correct: true, predicted: 7, truth: 7, error: null},
  {
    kind: 'failure',
    at: 1_800_000_003_000,
    context: {...context, source: 'baseline', version: null, digest: null},
    code: 'output_invalid',
    stage: 'output',
  },
  {kind: 'metric', at: 1_800_000_004_000, context, name: 'revenue', value: 12.5},
  {kind: 'dropped', at: 1_800_000_003_500, context, reason: 'quota', count: 3},
];

test('the wire format is frozen: collectors read what old clients wrote', () => {
  const row = [
    'q1vzK0m6S9mXbq3mHc0T2A',
    'digits',
    'digits-cnn',
    1,
    'challenger',
    '1.1.0',
    context.digest,
    'model',
    'wasm',
    7,
  ];
  const frozen = {
    schema: 'kedge.batch/1',
    writeKey: 'wk_demo',
    producer: 'p',
    epoch: 'e',
    seq: 7,
    sdk: 'test/1',
    at: 1_800_000_000_000,
    contexts: [row, [...row.slice(0, 5), null, null, 'baseline', 'wasm', 7]],
    names: ['output_invalid', 'revenue', 'quota'],
    kinds: 'arplfmd',
    c: [0, 0, 0, 0, 1, 0, 0],
    t: [0, 900, 100, 1000, 1000, 1000, -500],
    ready: {ms: [900], bytes: [480_000]},
    prediction: {l: [42], p: [7]},
    label: {ok: [1], p: [7], y: [7], e: [null]},
    failure: {code: [0], stage: [7]},
    metric: {name: [1], value: [12.5]},
    dropped: {reason: [2], count: [3]},
  };
  expect(encodeBatch(header, oneOfEach)).toEqual(frozen);
  expect(decodeBatch(parse(Batch, frozen, 'events_invalid', 'batch'))).toEqual(oneOfEach);
});

test('50 predictions take at most 12 bytes each on the wire, header and lineage included', () => {
  // Identities as a client makes them: 12 and 16 random bytes in base64url, which gzip can't shorten.
  const real = {
    ...header,
    writeKey: 'wk_Vb0xJq2mTz8sKd4w',
    producer: 'mC3l0Jv1Qh7Rk2Yt',
    epoch: 'Zs8Wd5Xo9Lb4Ne6a',
    seq: 1250,
  };
  const random = fc.sample(fc.double({min: 0, max: 1, noNaN: true}), {seed: 42, numRuns: 200});
  let now = 1_800_000_123_456;
  const events = Array.from({length: 50}, (_, i): KedgeEvent => {
    now += 100 + Math.round(random[i]! * 1800);
    const latencyMs = 4 + random[50 + i]! * 4 + (random[100 + i]! > 0.95 ? 30 : 0);
    return {kind: 'prediction', at: now, context, latencyMs, predicted: Math.floor(random[150 + i]! * 9.99)};
  });
  const bytes = gzipSync(JSON.stringify(encodeBatch(real, events))).length;
  expect(bytes / 50).toBeLessThanOrEqual(12);
  expect(new Set(events.map(event => event.at)).size).toBe(50);
});

describe('a batch that is wrong', () => {
  const good = () => encodeBatch(header, oneOfEach) as unknown as Record<string, unknown>;
  const read = (change: object) => decodeBatch(parse(Batch, {...good(), ...change}, 'events_invalid', 'batch'));

  test.each<[string, object, RegExp]>([
    ['another schema', {schema: 'kedge.batch/2'}, /schema: expected "kedge.batch\/1", got 'kedge.batch\/2'/],
    ['an unknown kind', {kinds: 'arplfmx'}, /kinds/],
    ['no events', {kinds: ''}, /kinds/],
    ['too many events', {kinds: 'a'.repeat(maxBatchEvents + 1)}, /kinds/],
    ['a negative sequence number', {seq: -1}, /seq: expected at least 0, got -1/],
    ['a number as text', {t: ['0']}, /t\.0: expected (int|number), got '0'/],
    ['a short column of times', {t: [0]}, /column t has no row 1/],
    ['a short column of contexts', {c: [0, 0]}, /column c has no row 2/],
    ['a context that is not there', {c: [9, 0, 0, 0, 0, 0, 0]}, /column contexts has no row 0/],
    ['a missing column', {prediction: undefined}, /prediction\.l has no row 0/],
    ['a name that is not there', {names: []}, /failure\.code has no row 0/],
    ['an unknown error code', {names: ['toString', 'revenue', 'quota']}, /unknown error code toString/],
    ['a stage that is not there', {failure: {code: [0], stage: [99]}}, /stage has no row 0/],
    ['a text of 300 characters', {producer: 'x'.repeat(300)}, /producer: expected at most 256/],
    ['a metric that is no number', {metric: {name: [1], value: [null]}}, /metric\.value\.0: expected number, got null/],
  ])('%s is refused as events_invalid', (_, change, message) => {
    expect(() => read(change)).toThrow(message);
    expect(() => read(change)).toThrow(expect.objectContaining({code: 'events_invalid'}));
  });
});

test.each<[string, (batch: Batch) => unknown]>([
  ['a metric that would drown every other', batch => batch.metric!.value.push(1e16)],
  ['a negative latency', batch => (batch.prediction!.l[0] = -7)],
  ['a negative time until ready', batch => (batch.ready!.ms[0] = -1)],
  ['a clock at its beginning', batch => (batch.at = 0)],
  ['a clock at its end', batch => (batch.at = 8.64e15)],
  ['a predicted class below none', batch => (batch.prediction!.p[0] = -2)],
])('%s is events_invalid: the write key is public, and one client must not spoil an arm', (_, spoil) => {
  const events: KedgeEvent[] = [
    {kind: 'ready', at: 1_800_000_000_900, context, durationMs: 900, downloadedBytes: 480_000},
    {kind: 'prediction', at: 1_800_000_001_000, context, latencyMs: 4.2, predicted: 7},
    {kind: 'metric', at: 1_800_000_004_000, context, name: 'revenue', value: 12.5},
  ];
  const batch = encodeBatch({writeKey: 'k', producer: 'p', epoch: 'e', seq: 0, sdk: 's'}, events);
  expect(() => parse(Batch, batch, 'events_invalid', 'batch')).not.toThrow();
  spoil(batch);
  expect(() => parse(Batch, batch, 'events_invalid', 'batch')).toThrow(/does not fit/);
});
