import type {BucketRange, Experiment} from '../experiment.js';
import {fnv1a} from './fnv1a.js';
import {murmur3} from './murmur3.js';

/** All arms of an experiment share this many buckets; a weight of 100 is one per cent. */
export const bucketCount = 10_000;

/**
 * The unit's bucket, 0 to 9 999, in an experiment or holdout with this salt.
 *
 * - `murmur3-1`: floor(h · 10 000 / 2³²), h = murmur3_x86_32 over UTF-8 of `salt:unitId`. h · 10 000 is below 2⁵³ and the
 *   divisor is a power of two, so no rounding happens.
 * - `growthbook-2`: GrowthBook's hash version 2 times 10 000: fnv(String(fnv(salt + unitId))) mod 10 000.
 */
export function bucketOf(hash: Experiment['hash'], salt: string, unitId: string): number {
  return hash === 'murmur3-1'
    ? Math.floor((murmur3(`${salt}:${unitId}`) * bucketCount) / 0x1_0000_0000)
    : fnv1a(String(fnv1a(unitId, fnv1a(salt)))) % bucketCount;
}

/** Whether the unit's place in a namespace, one of 1 000, lies in `[start, end)` of 0 to 1: GrowthBook's, for both hashes. */
export function inNamespace({id, range}: {id: string; range: [number, number]}, unitId: string): boolean {
  const place = (fnv1a(id, fnv1a('__', fnv1a(unitId))) % 1000) / 1000;
  return place >= range[0] && place < range[1];
}

export function inRanges(ranges: readonly BucketRange[], bucket: number): boolean {
  // Not destructured: that would run the iterator protocol for each range, half of the time of an assignment.
  for (const range of ranges) if (bucket >= range[0] && bucket < range[1]) return true;
  return false;
}
