import {expect, test} from 'vitest';
import {merged, peerKey} from '../e2e/faults/results.mjs';

const cell = (fault: string, peer: string, after = 'heals') => ({fault, peer, after});
const known = [cell('short', 'a'), cell('short', 'b'), cell('quota', 'a'), cell('quota', 'b 1.0')];
const order = ['short', 'quota'].flatMap(fault => ['a', 'b'].map(peer => peerKey({fault, peer})));

test('a run of one fault replaces its cells and leaves the others', () => {
  const found = [cell('short', 'a', 'broken'), cell('short', 'b', 'broken')];
  expect(merged(known, found, order, peerKey)).toEqual([...found, cell('quota', 'a')]);
});

test('cells come in the order of the table, whichever were run', () => {
  const found = [cell('quota', 'b')];
  expect(merged(known, found, order, peerKey).map(peerKey)).toEqual(order);
});
