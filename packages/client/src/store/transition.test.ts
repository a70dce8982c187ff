import fc from 'fast-check';
import {expect, test} from 'vitest';
import {testManifest} from '../../testing/manifest.js';
import type {CatalogRecord} from './record.js';
import {advance, next, type Step} from './transition.js';

const manifest = testManifest('1.0.0', [1]);
const step = (move: Step['move']): Step =>
  move === 'begin' ? {move, digest: 'd', manifest} : move === 'fail' ? {move, code: 'golden_mismatch'} : {move};

test('the life of a version: fetched, verified, tested, serving, kept as the way back, serving again', () => {
  let record: CatalogRecord | undefined;
  const states = (['begin', 'complete', 'pass', 'serve', 'retire', 'serve'] as const).map((move, at) => {
    record = advance(record, step(move), at);
    return record.state;
  });
  expect(states).toEqual(['downloading', 'verified', 'tested', 'active', 'retired', 'active']);
  expect(record).toMatchObject({installedAt: 0, verifiedAt: 1, lastServedAt: 5, changedAt: 5, code: null});
});

test('a failure keeps its code until somebody begins again', () => {
  const failed = advance(advance(undefined, step('begin'), 0), step('fail'), 1);
  expect(failed).toMatchObject({state: 'failed', code: 'golden_mismatch', verifiedAt: null});
  expect(advance(failed, step('begin'), 2)).toMatchObject({state: 'downloading', code: null, installedAt: 0});
});

test.each([
  ['serve', 'absent'],
  ['serve', 'downloading'],
  ['serve', 'verified'],
  ['serve', 'failed'],
  ['pass', 'downloading'],
  ['pass', 'failed'],
  ['complete', 'absent'],
  ['retire', 'tested'],
  ['fail', 'absent'],
] as const)('%s can’t be done from %s', (move, from) => {
  expect(next(from, move)).toBeUndefined();
  const record = {...advance(undefined, step('begin'), 0), state: from} as CatalogRecord;
  expect(() => advance(from === 'absent' ? undefined : record, step(move), 1)).toThrow(TypeError);
});

test('whatever happens, nothing serves that was not verified and tested since its chunks were last fetched', () => {
  const moves = fc.constantFrom<Step['move']>('begin', 'complete', 'pass', 'serve', 'retire', 'fail');
  fc.assert(
    fc.property(fc.array(moves, {maxLength: 30}), sequence => {
      let record: CatalogRecord | undefined;
      let done = new Set<Step['move']>();
      for (const [at, move] of sequence.entries()) {
        if (next(record?.state ?? 'absent', move) === undefined) continue;
        record = advance(record, step(move), at);
        done = move === 'begin' || move === 'fail' ? new Set([move]) : done.add(move);
        if (record.state === 'active') expect([...done]).toEqual(expect.arrayContaining(['complete', 'pass', 'serve']));
        expect(record.code === null).toBe(record.state !== 'failed');
      }
    }),
    {numRuns: 500},
  );
});
