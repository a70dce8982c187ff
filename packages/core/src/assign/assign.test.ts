import fc from 'fast-check';
import {describe, expect, test, vi} from 'vitest';
import {
  assign,
  type Assignment,
  bucketOf,
  checkUnitId,
  evenArms,
  Experiment,
  fnv1a,
  murmur3,
  withWeights,
} from '../index.js';
import vectors from './vectors.json' with {type: 'json'};

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const arms = evenArms([
  {key: 'control', version: '1.0.0'},
  {key: 'cnn', version: '1.1.0'},
]);

function experiment(change: Partial<Experiment> = {}): Experiment {
  const whole = {key: 'e', model: 'digits', phase: 1, salt: 's', hash: 'murmur3-1', status: 'running', arms, ...change};
  return Experiment.parse(whole);
}

const outcome = (assignment: Assignment) => (assignment.experiment ? assignment.arm.key : assignment.reason);

describe('frozen vectors', () => {
  test.each(vectors.murmur3)('murmur3 of $text with seed $seed', ({text, seed, hash}) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  test.each(vectors.buckets)('$hash bucket of $unitId with salt $salt', ({hash, salt, unitId, bucket}) => {
    expect(bucketOf(hash as Experiment['hash'], salt, unitId)).toBe(bucket);
  });

  test.each(vectors.assignments)('assignment of $unitId', ({unitId, attributes, outcome: expected}) => {
    const release = {
      experiments: vectors.release.experiments.map(item => Experiment.parse(item)),
      holdout: vectors.release.holdout as {salt: string; ranges: [number, number][]},
    };
    expect(outcome(assign(release, 'digits', {id: unitId, attributes}))).toBe(expected);
  });
});

test('a lone surrogate hashes as U+FFFD in UTF-8, as itself in UTF-16', () => {
  expect(murmur3('x\ud800y\udc00')).toBe(murmur3('x\ufffdy\ufffd'));
  expect(fnv1a('x\ud800')).not.toBe(fnv1a('x\ufffd'));
  expect(bucketOf('murmur3-1', 's', '\udc00')).toBe(bucketOf('murmur3-1', 's', '\ufffd'));
});

test('murmur3 hashes what TextEncoder encodes', () => {
  const asLatin = (text: string) => [...new TextEncoder().encode(text)];
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), text => {
      expect(murmur3(text)).toBe(murmur3Reference(Uint8Array.from(asLatin(text))));
    }),
    {numRuns: 300},
  );
});

/** The published algorithm, block by block over bytes, with 64-bit integers. */
function murmur3Reference(bytes: Uint8Array): number {
  const mask = 0xffffffffn;
  const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & mask;
  const scramble = (block: bigint) => (rotate((block * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let hash = 0n;
  for (let i = 0; i < bytes.length; i += 4) {
    const block = bytes.slice(i, i + 4).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    hash ^= scramble(block);
    if (i + 4 <= bytes.length) hash = (rotate(hash, 13n) * 5n + 0xe6546b64n) & mask;
  }
  hash ^= BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

describe.each(['murmur3-1', 'growthbook-2'] as const)('%s', hash => {
  test('spreads units evenly over buckets', () => {
    const counts = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i++) counts[Math.floor(bucketOf(hash, 'spread', `unit-${i}`) / 100)]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // The 0.0001 and 0.9999 quantiles of chi-square with 99 degrees of freedom.
    expect(chiSquare).toBeGreaterThan(55);
    expect(chiSquare).toBeLessThan(161);
  });

  test('two salts split independently of one another', () => {
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 40_000; i++) {
      const [one, other] = ['exp-1', 'exp-2'].map(salt => Number(bucketOf(hash, salt, `unit-${i}`) < 5000));
      counts[2 * one! + other!]!++;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // The 0.9999 quantile with 3 degrees of freedom.
    expect(chiSquare).toBeLessThan(21.1);
  });

  test('widening an arm never moves a unit that was in it', () => {
    const share = fc.integer({min: 1, max: 9999});
    fc.assert(
      fc.property(
        share,
        share,
        fc.array(fc.string({minLength: 1}), {minLength: 50, maxLength: 50}),
        (one, other, ids) => {
          const narrow = withWeights(arms, {cnn: Math.min(one, other), control: 0}, 10_000 - Math.min(one, other));
          const wide = withWeights(narrow, {cnn: Math.max(one, other)}, 10_000 - Math.max(one, other));
          const [before, after] = [narrow, wide].map(of => ({
            experiments: [experiment({hash, arms: of, unassigned: 10_000 - of[1]!.weight})],
          }));
          for (const id of ids) {
            if (assign(before!, 'digits', {id}).experiment) expect(outcome(assign(after!, 'digits', {id}))).toBe('cnn');
          }
        },
      ),
      {numRuns: 100},
    );
  });
});

describe('why a unit is in no experiment', () => {
  const unit = {id: 'u', attributes: {country: 'NO'}};
  const nowhere = {id: 'n', range: [0, 0.000001] as [number, number]};
  test.each<[string, Partial<Experiment>, string]>([
    ['no experiment on this model', {model: 'other'}, 'none'],
    ['a draft', {status: 'draft'}, 'draft'],
    ['stopped', {status: 'stopped'}, 'stopped'],
    ['targeting', {where: {country: 'SE'}}, 'targeting'],
    ['outside the namespace', {namespace: nowhere}, 'namespace'],
    ['no arm there', {arms: withWeights(arms, {control: 0, cnn: 0}, 10_000), unassigned: 10_000}, 'unassigned'],
  ])('%s', (_, change, reason) => {
    expect(outcome(assign({experiments: [experiment(change)]}, 'digits', unit))).toBe(reason);
  });

  test('the holdout keeps out of every running experiment, and only of those', () => {
    const holdout = {salt: 'h', ranges: [[0, 10_000] as [number, number]]};
    const stopped = experiment({status: 'stopped'});
    expect(outcome(assign({experiments: [experiment()], holdout}, 'digits', unit))).toBe('holdout');
    expect(outcome(assign({experiments: [stopped], holdout}, 'digits', unit))).toBe('stopped');
  });

  test('of two experiments, the one it came nearest to gives the reason', () => {
    const experiments = [experiment({where: {country: 'SE'}}), experiment({key: 'f', status: 'stopped'})];
    expect(outcome(assign({experiments}, 'digits', unit))).toBe('targeting');
  });
});

test('experiments that share a namespace never have a unit in common, and together they have all', () => {
  const share = (key: string, range: [number, number]) => experiment({key, salt: key, namespace: {id: 'n', range}});
  const [low, high] = [share('low', [0, 0.3]), share('high', [0.3, 1])];
  for (let i = 0; i < 2000; i++) {
    const inOne = [low, high].filter(item => assign({experiments: [item]}, 'digits', {id: `u${i}`}).experiment);
    expect(inOne).toHaveLength(1);
    const both = assign({experiments: [low, high]}, 'digits', {id: `u${i}`});
    expect(both.experiment).toBe(inOne[0]);
  }
});

test.each<[string, unknown, RegExp]>([
  ['an empty id', '', /got an empty string/],
  ['the number 0', 0, /got number 0/],
  ['nothing', undefined, /got undefined/],
  ['null', null, /got null/],
  ['10 kB', 'x'.repeat(10_240), /got 10240 characters/],
  ['an object', {id: 'u'}, /got an object/],
])('refuses %s as a unit', (_, id, message) => {
  expect(() => checkUnitId(id)).toThrow(TypeError);
  expect(() => checkUnitId(id)).toThrow(message);
  expect(() => assign({experiments: []}, 'digits', {id: id as string})).toThrow(TypeError);
});

test('takes ids of 1 and of 1 024 characters', () => {
  expect(() => checkUnitId('x')).not.toThrow();
  expect(() => checkUnitId('é'.repeat(1024))).not.toThrow();
});
