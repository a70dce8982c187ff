import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {type Candidate, explained, fastest, median, readCandidates} from './rank.js';

const of = (provider: Candidate['provider'], medianMs: number | null, golden: Candidate['golden'] = 'passed') => {
  return {provider, golden, medianMs, runs: medianMs === null ? 0 : 5, why: null} satisfies Candidate;
};

describe('the choice', () => {
  test.each([
    ['the faster one', [of('wasm', 10), of('webgpu', 2)], 'webgpu'],
    ['the one that serves, when the other is less than a tenth faster', [of('wasm', 10), of('webgpu', 9.5)], 'wasm'],
    ['not the one that is wrong, however fast', [of('wasm', 10), of('webgpu', 1, 'failed')], 'wasm'],
    ['not the one that was not timed', [of('wasm', 10), of('webgpu', null)], 'wasm'],
    ['the one that serves, when it was not timed', [of('wasm', null), of('webgpu', 1)], 'wasm'],
    ['the fastest of three', [of('wasm', 10), of('webgpu', 3), of('cpu', 2)], 'cpu'],
  ])('is %s', (_, candidates, chosen) => expect(fastest(candidates, 'wasm')).toBe(chosen));

  test('never falls on one that is wrong or slower', () => {
    const golden = fc.constantFrom('passed' as const, 'failed' as const, 'not_run' as const);
    const time = fc.option(fc.double({min: 0, max: 1e4, noNaN: true}));
    fc.assert(
      fc.property(fc.double({min: 0, max: 1e4, noNaN: true}), golden, time, (now, passed, other) => {
        const chosen = fastest([of('wasm', now), of('webgpu', other, passed)], 'wasm');
        if (chosen === 'webgpu') expect([passed, other !== null && other < now]).toEqual(['passed', true]);
      }),
    );
  });

  test('says why each other does not serve', () => {
    const whys = (candidates: Candidate[]) => explained(candidates, 'wasm').map(({why}) => why);
    expect(whys([of('wasm', 10), of('webgpu', 400)])).toEqual([null, 'takes 40 times as long']);
    expect(whys([of('wasm', 10), of('webgpu', 9.5)])).toEqual([null, 'less than a tenth faster']);
    expect(whys([of('wasm', 10), {...of('webgpu', null, 'failed'), why: 'y[0]'}])).toEqual([null, 'y[0]']);
  });
});

test('the median of runs', () => {
  expect([median([]), median([3]), median([9, 1, 2]), median([4, 1, 2, 9])]).toEqual([null, 3, 2, 3]);
});

test('whatever was stored reads as candidates', () => {
  fc.assert(fc.property(fc.anything(), value => void expect(Array.isArray(readCandidates(value))).toBe(true)));
  expect(readCandidates([of('wasm', 1), {provider: 'abacus'}, null])).toEqual([of('wasm', 1)]);
});
