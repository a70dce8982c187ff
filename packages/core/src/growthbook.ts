import type {Condition} from './assign/condition.js';
import {bucketCount} from './assign/bucket.js';
import {KedgeError} from './errors.js';
import {type BucketRange, Experiment} from './experiment.js';
import {parse} from './parse.js';

/** The fields of a GrowthBook experiment that decide who gets what. */
export interface GrowthBookExperiment {
  key: string;
  variations: readonly unknown[];
  /** Only 2: version 1 correlates experiments that run side by side, and is what GrowthBook takes when nothing is said. */
  hashVersion?: number;
  seed?: string;
  weights?: readonly number[];
  coverage?: number;
  ranges?: readonly (readonly [number, number])[];
  meta?: readonly {key?: string}[];
  namespace?: readonly [string, number, number];
  condition?: Condition;
  status?: 'draft' | 'running' | 'stopped';
  active?: boolean;
}

export interface FromGrowthBookOptions {
  /** The model that the experiment is about. */
  model: string;
  /** The version that each variation serves, in their order. */
  versions: readonly string[];
  /** Arm keys in the order of the variations. @default `meta[i].key`, or the variation's index */
  armKeys?: readonly string[];
  /** Ours; must be lower case. @default GrowthBook's key. The hash goes on using GrowthBook's seed or key. */
  key?: string;
  /** @default 1 */
  phase?: number;
}

/** Fields that also decide who is in, and that have no counterpart here: carrying on without them would move units. */
const unsupported = ['filters', 'parentConditions', 'groups', 'include', 'url', 'urlPatterns', 'force'] as const;

/**
 * A running GrowthBook experiment as ours, so that nobody changes arm: hash `growthbook-2`, and for each of the 10 000
 * buckets the variation that GrowthBook's `getBucketRanges` and `chooseVariation` (SDK 1.8, `util.ts`) give it. Sticky
 * buckets are not carried over; give the value of its `hashAttribute` as the unit's id.
 *
 * @throws KedgeError `release_invalid`, naming the field that can't be carried over
 */
export function fromGrowthBook(source: GrowthBookExperiment, options: FromGrowthBookOptions): Experiment {
  checkSource(source, options);
  const ranges = source.ranges ?? weightedRanges(source);
  const owned = ownedBuckets(ranges, source.variations.length);
  const arms = owned.map((owns, i) => ({
    key: options.armKeys?.[i] ?? source.meta?.[i]?.key ?? String(i),
    version: options.versions[i],
    weight: owns.reduce((sum, [start, end]) => sum + end - start, 0),
    ranges: owns,
  }));
  const experiment = {
    key: options.key ?? source.key,
    model: options.model,
    phase: options.phase ?? 1,
    salt: source.seed || source.key,
    hash: 'growthbook-2',
    status: source.active === false ? 'draft' : (source.status ?? 'running'),
    arms,
    unassigned: bucketCount - arms.reduce((sum, arm) => sum + arm.weight, 0),
    where: source.condition,
    namespace: source.namespace && {id: source.namespace[0], range: [source.namespace[1], source.namespace[2]]},
  };
  return parse(Experiment, withoutUndefined(experiment), 'release_invalid', `GrowthBook experiment ${source.key}`);
}

function checkSource(source: GrowthBookExperiment, {versions}: FromGrowthBookOptions): void {
  const refuse = (problem: string) => {
    throw new KedgeError('release_invalid', `GrowthBook experiment ${source.key}: ${problem}`);
  };
  if (source.hashVersion !== 2)
    refuse(`hashVersion: expected 2, got ${source.hashVersion ?? 'none, which is 1'}; version 1 can't be carried over`);
  if (source.variations.length < 2) refuse('variations: expected at least 2; GrowthBook gives nobody a single one');
  if (versions.length !== source.variations.length)
    refuse(`versions: expected ${source.variations.length}, one for each variation, got ${versions.length}`);
  for (const field of unsupported) {
    if (field in source) refuse(`${field} can't be carried over; express it as condition, or end the experiment there`);
  }
}

/** `getBucketRanges`: full weights place the starts, coverage shortens each range, odd weights become equal ones. */
function weightedRanges({variations, weights, coverage = 1}: GrowthBookExperiment): [number, number][] {
  const equal = variations.map(() => 1 / variations.length);
  const sum = weights?.reduce((total, weight) => total + weight, 0) ?? 0;
  const usable = weights?.length === variations.length && sum >= 0.99 && sum <= 1.01 ? weights : equal;
  const covered = Math.min(1, Math.max(0, coverage));
  let start = 0;
  return usable.map(weight => {
    const range: [number, number] = [start, start + covered * weight];
    start += weight;
    return range;
  });
}

/** Asks for each bucket what GrowthBook would: no rounding of its fractions can differ from its own. */
function ownedBuckets(ranges: readonly (readonly [number, number])[], count: number): BucketRange[][] {
  const owned: BucketRange[][] = Array.from({length: count}, () => []);
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const n = bucket / bucketCount;
    const owner = owned[ranges.findIndex(([start, end]) => n >= start && n < end)];
    const last = owner?.at(-1);
    if (last?.[1] === bucket) last[1] = bucket + 1;
    else owner?.push([bucket, bucket + 1]);
  }
  return owned;
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}
