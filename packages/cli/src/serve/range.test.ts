import {expect, it} from 'vitest';
import {parseRange} from './range.js';

it.each([
  [undefined, undefined],
  ['bytes=0-0', {start: 0, end: 1}],
  ['bytes=0-', {start: 0, end: 100}],
  ['bytes=10-19', {start: 10, end: 20}],
  ['bytes=90-500', {start: 90, end: 100}],
  ['bytes=99-', {start: 99, end: 100}],
  ['bytes=-1', {start: 99, end: 100}],
  ['bytes=-500', {start: 0, end: 100}],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=0-1,4-5', undefined],
  ['bytes=20-10', undefined],
  ['bytes=-', undefined],
  ['bytes=a-b', undefined],
  ['items=0-1', undefined],
])('%s of 100 bytes', (header, expected) => {
  expect(parseRange(header, 100)).toEqual(expected);
});

it('has no range of an empty file that could be satisfied', () => {
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(parseRange(undefined, 0)).toBeUndefined();
});
