import {KedgeError} from '../errors.js';
import type {Arm, BucketRange} from '../experiment.js';
import {bucketCount} from './bucket.js';

/** Who holds buckets; the rest that is in no arm takes part like an arm, so that it too moves no more than it must. */
interface Holder {
  ranges: BucketRange[];
  readonly weight: number;
}

/**
 * The arms with new weights, moving as few units as can be: a bucket changes hands only from one that shrinks to one that
 * grows, so whoever is in an arm that grows or stays keeps it. Deterministic.
 *
 * @param weights shares of 10 000 by arm key; an arm that is not named keeps its own
 * @param unassigned buckets in no arm
 * @throws KedgeError `release_invalid` for an unknown arm, a weight that is no whole number from 0 to 10 000, or a wrong sum
 */
export function withWeights(
  arms: readonly Arm[],
  weights: Readonly<Record<string, number>>,
  unassigned: number,
): Arm[] {
  for (const key of Object.keys(weights)) {
    if (!arms.some(arm => arm.key === key)) refuse(`${key} is not an arm; the arms are ${keysOf(arms)}`);
  }
  const wanted = arms.map(arm => (Object.hasOwn(weights, arm.key) ? weights[arm.key]! : arm.weight));
  checkWeights(arms, wanted, unassigned);
  const rest = {ranges: gaps(arms), weight: unassigned};
  const holders: Holder[] = [...arms.map((arm, i) => ({ranges: merged(arm.ranges), weight: wanted[i]!})), rest];
  reallocate(holders);
  return arms.map((arm, i) => ({...arm, weight: wanted[i]!, ranges: holders[i]!.ranges}));
}

/**
 * Arms of equal weight, or within one bucket of it where they can't be.
 *
 * @param unassigned buckets in no arm, of 10 000. @default 0
 * @throws KedgeError `release_invalid`
 */
export function evenArms(arms: readonly Pick<Arm, 'key' | 'version'>[], unassigned = 0): Arm[] {
  const share = Math.floor((bucketCount - unassigned) / arms.length);
  const spare = (bucketCount - unassigned) % arms.length;
  const weights = Object.fromEntries(arms.map(({key}, i) => [key, share + (i < spare ? 1 : 0)]));
  const empty = arms.map(({key, version}): Arm => ({key, version, weight: 0, ranges: []}));
  return withWeights(empty, weights, unassigned);
}

function refuse(problem: string): never {
  throw new KedgeError('release_invalid', `weights: ${problem}`);
}

const keysOf = (arms: readonly Arm[]) => arms.map(arm => arm.key).join(', ');

function checkWeights(arms: readonly Arm[], weights: readonly number[], unassigned: number): void {
  [...weights, unassigned].forEach((weight, i) => {
    if (!Number.isInteger(weight) || weight < 0 || weight > bucketCount)
      refuse(`${arms[i]?.key ?? 'unassigned'}: expected a whole number from 0 to ${bucketCount}, got ${weight}`);
  });
  const sum = weights.reduce((total, weight) => total + weight, unassigned);
  if (sum !== bucketCount)
    refuse(
      `${keysOf(arms)} and unassigned must sum to ${bucketCount}, got ${sum}; name the part that is in no arm as unassigned`,
    );
}

/** What shrinks gives up its highest buckets; what grows takes the lowest of those that are free. */
function reallocate(holders: readonly Holder[]): void {
  const free: BucketRange[] = [];
  for (const holder of holders) free.push(...take(holder.ranges, lengthOf(holder.ranges) - holder.weight, 'high'));
  free.sort((one, other) => one[0] - other[0]);
  for (const holder of holders) {
    const taken = take(free, holder.weight - lengthOf(holder.ranges), 'low');
    holder.ranges = merged([...holder.ranges, ...taken]);
  }
}

/** Moves `count` buckets out of sorted `ranges`, from one end; none when `count` is not positive. */
function take(ranges: BucketRange[], count: number, end: 'high' | 'low'): BucketRange[] {
  const taken: BucketRange[] = [];
  while (count > 0 && ranges.length > 0) {
    const [from, to] = (end === 'high' ? ranges.pop() : ranges.shift())!;
    const cut = end === 'high' ? Math.max(from, to - count) : Math.min(to, from + count);
    taken.push(end === 'high' ? [cut, to] : [from, cut]);
    if (end === 'high' && cut > from) ranges.push([from, cut]);
    if (end === 'low' && cut < to) ranges.unshift([cut, to]);
    count -= end === 'high' ? to - cut : cut - from;
  }
  return taken;
}

function lengthOf(ranges: readonly BucketRange[]): number {
  return ranges.reduce((sum, [start, end]) => sum + end - start, 0);
}

/** Sorted, with neighbours joined. */
function merged(ranges: readonly BucketRange[]): BucketRange[] {
  const joined: BucketRange[] = [];
  for (const [start, end] of ranges.toSorted((one, other) => one[0] - other[0])) {
    const last = joined.at(-1);
    if (last?.[1] === start) last[1] = end;
    else joined.push([start, end]);
  }
  return joined;
}

function gaps(arms: readonly Arm[]): BucketRange[] {
  const free: BucketRange[] = [];
  let at = 0;
  for (const [start, end] of merged(arms.flatMap(arm => arm.ranges))) {
    if (start > at) free.push([at, start]);
    at = end;
  }
  return at < bucketCount ? [...free, [at, bucketCount]] : free;
}
