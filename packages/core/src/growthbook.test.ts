import {GrowthBook} from '@growthbook/growthbook';
import fc from 'fast-check';
import {beforeAll, expect, test, vi} from 'vitest';
import {assign, type Experiment, fromGrowthBook, type GrowthBookExperiment, KedgeError} from './index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

// The SDK prints to the console when weights do not sum.
beforeAll(() => void vi.spyOn(console, 'error').mockReturnValue());

/** The variation that GrowthBook's own SDK gives, -1 for none. */
function theirs(experiment: GrowthBookExperiment, id: string, attributes: object): number {
  const growthbook = new GrowthBook({attributes: {...attributes, id}});
  const result = growthbook.run({...experiment, variations: [...experiment.variations]} as never);
  return result.inExperiment ? result.variationId : -1;
}

function converted(source: GrowthBookExperiment) {
  const versions = source.variations.map((_, i) => `1.${i}.0`);
  return fromGrowthBook(source, {model: 'digits', versions, key: 'exp'});
}

function ours(experiment: Experiment, id: string, attributes: Record<string, unknown>): number {
  const assignment = assign({experiments: [experiment]}, 'digits', {id, attributes});
  return assignment.experiment ? experiment.arms.indexOf(assignment.arm) : -1;
}

const idArb = fc.oneof(
  fc.uuid(),
  fc.string({unit: 'binary', minLength: 1, maxLength: 40}),
  fc.string({unit: 'grapheme', minLength: 1}),
  fc
    .array(fc.integer({min: 0, max: 0xffff}), {minLength: 1, maxLength: 12})
    .map(units => String.fromCharCode(...units)),
);
const fraction = fc.oneof(
  fc.double({min: 0, max: 1, noNaN: true}),
  fc.integer({min: 0, max: 100}).map(n => n / 100),
  fc.integer({min: 0, max: 10_000}).map(n => n / 10_000),
);
const weightsArb = (count: number) =>
  fc.array(fc.integer({min: 0, max: 100}), {minLength: count, maxLength: count}).map(parts => {
    const sum = parts.reduce((total, part) => total + part, 0) || 1;
    return parts.map(part => part / sum);
  });

const sourceArb: fc.Arbitrary<GrowthBookExperiment> = fc.integer({min: 2, max: 5}).chain(count =>
  fc.record(
    {
      // GrowthBook looks a key up with `in`, so it takes `toString` for a forced variation.
      key: fc.string({minLength: 1, maxLength: 10}).filter(key => !(key in {})),
      variations: fc.constant(Array.from({length: count}, (_, i) => i)),
      hashVersion: fc.constant(2),
      seed: fc.string({maxLength: 8}),
      weights: fc.oneof(weightsArb(count), fc.array(fraction, {minLength: count, maxLength: count}), fc.constant([1])),
      coverage: fc.oneof(fraction, fc.constantFrom(-1, 2)),
      namespace: fc
        .tuple(fc.string({maxLength: 6}), fraction, fraction)
        .filter(([, one, other]) => one !== other)
        .map(([id, one, other]): [string, number, number] => [id, Math.min(one, other), Math.max(one, other)]),
      condition: fc.constant({country: {$in: ['NO', 'SE']}}),
    },
    {requiredKeys: ['key', 'variations', 'hashVersion']},
  ),
);

test('nobody changes arm: random experiments and ids, against the SDK itself', () => {
  const country = fc.record({country: fc.constantFrom('NO', 'DE')});
  fc.assert(
    fc.property(sourceArb, fc.array(idArb, {minLength: 20, maxLength: 20}), country, (source, ids, attributes) => {
      const experiment = converted(source);
      for (const id of ids) expect(ours(experiment, id, attributes)).toBe(theirs(source, id, attributes));
    }),
    {numRuns: 200},
  );
});

test('every boundary bucket of uneven weights and coverage falls on the same side', () => {
  const source = {key: 'edge', variations: [0, 1, 2], hashVersion: 2, weights: [0.1, 0.2, 0.7], coverage: 0.3};
  const experiment = converted(source);
  for (let i = 0; i < 4000; i++) {
    expect(ours(experiment, `u${i}`, {})).toBe(theirs(source, `u${i}`, {}));
  }
});

test('ranges given outright are taken, the first one that fits', () => {
  const source = {
    key: 'r',
    variations: [0, 1],
    hashVersion: 2,
    ranges: [
      [0, 0.6],
      [0.4, 0.9],
    ] as const,
  };
  expect(converted(source).arms.map(arm => arm.ranges)).toEqual([[[0, 6000]], [[6000, 9000]]]);
});

const good: GrowthBookExperiment = {key: 'exp', variations: [0, 1], hashVersion: 2};

test.each<[string, object, RegExp]>([
  ['hash version 1', {hashVersion: 1}, /hashVersion: expected 2, got 1/],
  ['no hash version', {hashVersion: undefined}, /hashVersion: expected 2, got none/],
  ['one variation', {variations: [0]}, /variations: expected at least 2/],
  ['filters', {filters: []}, /filters can't be carried over/],
  ['prerequisites', {parentConditions: []}, /parentConditions/],
])('refuses %s', (_, change, message) => {
  const attempt = () => fromGrowthBook({...good, ...change}, {model: 'm', versions: ['1.0.0', '1.1.0']});
  expect(attempt).toThrow(KedgeError);
  expect(attempt).toThrow(message);
});

test('refuses a version too few, and a key that is not ours to use', () => {
  expect(() => fromGrowthBook(good, {model: 'm', versions: ['1.0.0']})).toThrow(/versions: expected 2/);
  const spaced = () => fromGrowthBook({...good, key: 'My exp'}, {model: 'm', versions: ['1.0.0', '1.1.0']});
  expect(spaced).toThrow(/key: expected lower-case/);
});
