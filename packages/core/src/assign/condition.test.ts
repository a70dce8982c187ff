import {evalCondition} from '@growthbook/growthbook';
import fc from 'fast-check';
import {describe, expect, test, vi} from 'vitest';
import {type Condition, matches, type SavedGroups} from '../index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const attributes = {
  id: 'u1',
  country: 'NO',
  age: 30,
  beta: true,
  version: '10.2.0',
  tags: ['a', 'B', 0, null],
  address: {city: 'Ålesund', zip: null},
  items: [
    {sku: 'x', n: 1},
    {sku: 'y', n: 5},
  ],
  empty: '',
  zero: 0,
};

const groups: SavedGroups = {
  vips: ['u1', 'u2'],
  byCountry: {type: 'list', attributeKey: 'country', values: ['NO', 'SE']},
  adults: {type: 'condition', condition: {age: {$gte: 18}}},
  loop: {type: 'condition', condition: {$savedGroup: {id: 'loop'}}},
};

const cases: [Condition, boolean][] = [
  [{}, true],
  [{country: 'NO'}, true],
  [{country: 'SE'}, false],
  [{age: '30'}, true],
  [{age: 30, beta: true}, true],
  [{missing: null}, true],
  [{missing: false}, false],
  [{'address.city': 'Ålesund'}, true],
  [{'address.city.name': null}, true],
  [{'items.1.sku': 'y'}, true],
  [{address: {city: 'Ålesund', zip: null}}, true],
  [{address: {zip: null, city: 'Ålesund'}}, false],
  [{age: {$eq: '30'}}, false],
  [{age: {$ne: 31}}, true],
  [{age: {$gt: 29, $lt: 31}}, true],
  [{age: {$gte: 31}}, false],
  [{missing: {$lt: 1}}, true],
  [{country: {$in: ['SE', 'NO']}}, true],
  [{country: {$nin: ['SE', 'NO']}}, false],
  [{country: {$in: 'NO'}}, false],
  [{country: {$nin: 'NO'}}, false],
  [{country: {$ini: ['no']}}, true],
  [{country: {$nini: ['no']}}, false],
  [{tags: {$in: ['z', 'a']}}, true],
  [{tags: {$all: ['a', 'B']}}, true],
  [{tags: {$all: ['a', 'b']}}, false],
  [{tags: {$alli: ['A', 'b']}}, true],
  [{tags: {$size: 4}}, true],
  [{tags: {$size: {$gt: 4}}}, false],
  [{tags: {$elemMatch: {$eq: 0}}}, true],
  [{tags: {$elemMatch: {$eq: null}}}, false],
  [{items: {$elemMatch: {sku: 'y', n: {$gt: 4}}}}, true],
  [{items: {$elemMatch: {sku: 'x', n: {$gt: 4}}}}, false],
  [{country: {$regex: '^n'}}, false],
  [{country: {$regexi: '^n'}}, true],
  [{missing: {$regex: 'null'}}, true],
  [{missing: {$exists: false}}, true],
  [{empty: {$exists: true}}, true],
  [{zero: {$type: 'number'}}, true],
  [{tags: {$type: 'array'}}, true],
  [{missing: {$type: 'null'}}, true],
  [{version: {$vgt: '9.9.9'}}, true],
  [{version: {$veq: 'v10.2.0+build7'}}, true],
  [{version: {$vgt: '10.2.0-rc.1'}}, true],
  [{version: {$vlte: '10.1.9'}}, false],
  [{country: {$not: {$eq: 'SE'}}}, true],
  [{$not: {country: 'NO'}}, false],
  [{$and: [{age: 30}, {beta: true}]}, true],
  [{$or: [{age: 31}, {beta: true}]}, true],
  [{$or: []}, true],
  [{$nor: [{age: 31}, {beta: false}]}, true],
  [{id: {$inGroup: 'vips'}}, true],
  [{id: {$notInGroup: 'vips'}}, false],
  [{id: {$inGroup: 'unknown'}}, false],
  [{id: {$notInGroup: 'unknown'}}, true],
  [{id: {$notInGroup: 'adults'}}, false],
  [{$savedGroup: {id: 'byCountry'}}, true],
  [{$savedGroup: {id: 'byCountry', attributeKey: 'id'}}, false],
  [{$savedGroup: {id: 'adults'}}, true],
  [{$savedGroup: {id: 'loop'}}, false],
];

test.each(cases)('%j is %s, here and in GrowthBook', (condition, expected) => {
  expect(matches(condition, attributes, groups)).toBe(expected);
  expect(evalCondition(attributes, condition as never, groups as never)).toBe(expected);
});

const scalar = fc.oneof(
  fc.constantFrom('a', 'A', 'b', '', '1', '1.2.0', 'v2.0.0-beta', '10.0.0', 'é', '0'),
  fc.integer({min: -2, max: 3}),
  fc.boolean(),
  fc.constant(null),
);
const path = fc.constantFrom('a', 'b', 'c', 'a.b', 'c.0', 'c.0.a');
const attributesArb = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.record({a: scalar})), {maxLength: 3}), fc.record({b: scalar})),
);
const list = fc.array(scalar, {maxLength: 3});
const savedGroups = {g: ['a', 1, 'b'], t: {type: 'list', attributeKey: 'a', values: ['a', 1]}} as const;

const {condition: conditionArb} = fc.letrec<{condition: Condition; value: unknown}>(tie => ({
  value: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    scalar,
    list,
    fc.tuple(fc.constantFrom('$eq', '$ne', '$lt', '$lte', '$gt', '$gte'), scalar).map(pair),
    fc.tuple(fc.constantFrom('$veq', '$vne', '$vlt', '$vlte', '$vgt', '$vgte'), scalar).map(pair),
    fc.tuple(fc.constantFrom('$in', '$nin', '$ini', '$nini', '$all', '$alli'), fc.oneof(list, scalar)).map(pair),
    fc.tuple(fc.constantFrom('$regex', '$regexi'), fc.constantFrom('a', '^b', '(', '[0-9]+', '.*', '/')).map(pair),
    fc.tuple(fc.constant('$type'), fc.constantFrom('string', 'number', 'null', 'array', 'object')).map(pair),
    fc.tuple(fc.constant('$exists'), fc.boolean()).map(pair),
    fc.tuple(fc.constantFrom('$inGroup', '$notInGroup'), fc.constantFrom('g', 't', 'none')).map(pair),
    fc.tuple(fc.constantFrom('$not', '$size'), tie('value')).map(pair),
    fc.tuple(fc.constant('$elemMatch'), fc.oneof(fc.record({a: scalar}), fc.record({$eq: scalar}))).map(pair),
  ),
  condition: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    fc.dictionary(path, tie('value'), {maxKeys: 2}),
    fc.tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('condition'), {maxLength: 2})).map(pair),
    fc.tuple(fc.constant('$not'), tie('condition')).map(pair),
    fc.constant({$savedGroup: {id: 't'}}),
  ),
}));

function pair([key, value]: [string, unknown]): Condition {
  return {[key]: value};
}

test('agrees with GrowthBook on random conditions and attributes', () => {
  fc.assert(
    fc.property(conditionArb, attributesArb, (condition, given) => {
      // As they arrive: out of JSON.
      const [c, a] = JSON.parse(JSON.stringify([condition, given])) as [Condition, Record<string, unknown>];
      expect(matches(c, a, savedGroups)).toBe(evalCondition(a, c as never, savedGroups as never));
    }),
    {numRuns: 3000},
  );
});

describe('conditions that are wrong', () => {
  test.each<Condition>([
    {age: {$near: 3}},
    {age: {$not: {$near: 3}}},
    {$not: {age: {$near: 3}}},
    {$xor: [{age: 30}]},
    {$nor: [{age: {$near: 3}}]},
    {$and: 'age'},
    {$not: null},
    {items: {$elemMatch: null}},
  ])('%j matches nobody', condition => {
    expect(matches(condition, attributes)).toBe(false);
  });

  test.each(['(', '[', '*', '(?<', '\\'])('the pattern %s matches nobody and does not throw', pattern => {
    expect(matches({country: {$regex: pattern}}, attributes)).toBe(false);
  });

  test('a condition nested past the stack matches nobody', () => {
    let condition: Condition = {age: 30};
    for (let i = 0; i < 100_000; i++) condition = {$and: [condition]};
    expect(matches(condition, attributes)).toBe(false);
  });

  test('paths do not reach what objects inherit', () => {
    expect(matches({constructor: {$exists: true}}, {})).toBe(false);
    expect(matches({'__proto__.toString': {$exists: true}}, {})).toBe(false);
    expect(matches({id: {$inGroup: 'constructor'}}, attributes, {})).toBe(false);
  });
});
