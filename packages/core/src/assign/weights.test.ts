import fc from 'fast-check';
import {expect, test, vi} from 'vitest';
import {type Arm, bucketCount, evenArms, Experiment, KedgeError, withWeights} from '../index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const versions = {a: '1.0.0', b: '1.1.0', c: '1.2.0'};
const three = Object.entries(versions).map(([key, version]) => ({key, version}));

/** The arm of every bucket; undefined where there is none. */
function owners(arms: readonly Arm[]): (string | undefined)[] {
  const owner = new Array<string | undefined>(bucketCount).fill(undefined);
  for (const arm of arms) for (const [start, end] of arm.ranges) owner.fill(arm.key, start, end);
  return owner;
}

function movedBetween(before: readonly Arm[], after: readonly Arm[]): number {
  const [old, now] = [owners(before), owners(after)];
  return old.filter((owner, bucket) => owner !== now[bucket]).length;
}

const sharesArb = fc
  .array(fc.integer({min: 0, max: bucketCount}), {minLength: 3, maxLength: 3})
  .map(cuts => [0, ...cuts.sort((one, other) => one - other), bucketCount])
  .map(cuts => cuts.slice(1).map((cut, i) => cut - cuts[i]!));

const weightsOf = ([a, b, c]: number[]) => ({a: a!, b: b!, c: c!});

test('ramps move as few buckets as the weights allow, and whoever grows or stays loses nobody', () => {
  fc.assert(
    fc.property(fc.array(sharesArb, {minLength: 2, maxLength: 5}), ramp => {
      let arms: Arm[] = evenArms(three);
      for (const shares of ramp) {
        const next = withWeights(arms, weightsOf(shares), shares[3]!);
        const unassigned = bucketCount - arms.reduce((sum, arm) => sum + arm.weight, 0);
        const grown = [...next.map((arm, i) => arm.weight - arms[i]!.weight), shares[3]! - unassigned];
        expect(movedBetween(arms, next)).toBe(grown.filter(by => by > 0).reduce((sum, by) => sum + by, 0));
        const now = owners(next);
        for (const [i, arm] of arms.entries()) {
          if (next[i]!.weight < arm.weight) continue;
          for (const [start, end] of arm.ranges) expect(now.slice(start, end).every(key => key === arm.key)).toBe(true);
        }
        expect(experimentOf(next, shares[3]!).success).toBe(true);
        arms = next;
      }
    }),
    {numRuns: 60},
  );
});

function experimentOf(arms: Arm[], unassigned: number) {
  const rest = {key: 'e', model: 'm', phase: 1, salt: 's', hash: 'murmur3-1', status: 'running'};
  return Experiment.safeParse({...rest, arms, unassigned});
}

test('a ramp and its rollback leave one range an arm: neighbours are merged', () => {
  let arms = withWeights(evenArms(three.slice(0, 2)), {a: 9900, b: 100}, 0);
  for (const b of [500, 2500, 5000]) arms = withWeights(arms, {a: 10_000 - b, b}, 0);
  expect(arms.map(arm => arm.ranges.length)).toEqual([1, 1]);
  expect(withWeights(arms, {a: 10_000, b: 0}, 0).map(arm => arm.ranges)).toEqual([[[0, 10_000]], []]);
});

test('an arm that is not named keeps its weight and its buckets', () => {
  const before = evenArms(three);
  const after = withWeights(before, {a: 0, b: 6667}, 0);
  expect(after[2]).toEqual(before[2]);
  expect(after[0]).toMatchObject({weight: 0, ranges: []});
});

test('even arms differ by one bucket at most', () => {
  expect(evenArms(three).map(arm => arm.weight)).toEqual([3334, 3333, 3333]);
  expect(evenArms(three, 9999).map(arm => arm.weight)).toEqual([1, 0, 0]);
});

test.each<[string, Record<string, number>, number, RegExp]>([
  ['a sum below 10 000', {a: 9500, b: 100, c: 300}, 0, /sum to 10000, got 9900/],
  ['a sum above', {a: 9500, b: 500, c: 0}, 100, /got 10100/],
  ['a negative weight', {a: -1, b: 5001, c: 5000}, 0, /a: expected a whole number.*got -1/],
  ['half a bucket', {a: 0.5, b: 4999.5, c: 5000}, 0, /a: expected a whole number.*got 0.5/],
  ['NaN', {a: Number.NaN, b: 5000, c: 5000}, 0, /a: expected/],
  ['a negative rest', {a: 5000, b: 5001, c: 0}, -1, /unassigned: expected/],
  ['an unknown arm', {a: 5000, constructor: 5000}, 0, /constructor is not an arm/],
])('refuses %s', (_, weights, unassigned, message) => {
  const attempt = () => withWeights(evenArms(three), weights, unassigned);
  expect(attempt).toThrow(KedgeError);
  expect(attempt).toThrow(message);
  expect(attempt).toThrow(expect.objectContaining({code: 'release_invalid'}));
});

test('refuses even shares of more than there is', () => {
  expect(() => evenArms(three, 10_001)).toThrow(expect.objectContaining({code: 'release_invalid'}));
  expect(() => evenArms([], 0)).toThrow(expect.objectContaining({code: 'release_invalid'}));
});
