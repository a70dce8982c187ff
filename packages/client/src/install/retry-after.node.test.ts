import {expect, test} from 'vitest';
import {pauseMs, retryAfterMs} from './retry-after.js';

const now = Date.parse('2026-01-01T00:00:00Z');

test.each([
  [null, 0],
  ['5', 5000],
  ['0', 0],
  ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', 0],
  ['-5', 0],
  ['86400', 30_000],
  ['Fri, 02 Jan 2026 00:00:00 GMT', 30_000],
])('Retry-After %s is %i ms', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test('pauses grow, with full jitter, to a limit', () => {
  expect([1, 2, 3, 4].map(failures => pauseMs(failures, () => 1))).toEqual([500, 1000, 2000, 4000]);
  expect(pauseMs(50, () => 1)).toBe(15_000);
  expect(pauseMs(3, () => 0)).toBe(0);
});
