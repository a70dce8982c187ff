import * as z from 'zod/mini';
import {bucketCount} from './assign/bucket.js';
import {Name, Semver} from './manifest.js';
import {ruled} from './ruled.js';

const Bucket = z.int().check(z.gte(0), z.lte(bucketCount));
/** Half open: `[start, end)`. */
export const BucketRange = ruled('bucketRange', z.tuple([Bucket, Bucket]));
export type BucketRange = z.infer<typeof BucketRange>;

export const Arm = z.object({
  key: Name,
  /** The model version that this arm serves. */
  version: Semver,
  /** Its share of 10 000; equal to the length of its ranges. */
  weight: z.int().check(z.gte(0), z.lte(bucketCount)),
  ranges: z.array(BucketRange),
});
export type Arm = z.infer<typeof Arm>;

export const Guardrail = z.object({metric: z.string(), margin: z.number()});

/** What will be judged, fixed before the start. */
export const Plan = z.object({
  metric: z.string(),
  /** Absolute difference that is still acceptable (non-inferiority). */
  margin: z.number(),
  /** Planned units over all arms. */
  units: z.int().check(z.positive()),
  alpha: z.number().check(z.gt(0), z.lt(1)),
  /** How long a label may take, in hours. */
  labelWindowHours: z.optional(z.number().check(z.positive())),
});

/** `range` is a half-open part of 0 to 1. */
const Namespace = z.object({
  id: z.string(),
  range: ruled('fraction', z.tuple([z.number(), z.number()])),
});

/** A question about a model: which arm does better. Ranges are explicit, so raising one weight moves only the units that it must. */
export const Experiment = ruled(
  'experiment',
  z.object({
    key: Name,
    model: Name,
    /** Raised when the question changes; results of two phases are never pooled. */
    phase: z.int().check(z.gte(1)),
    salt: z.string().check(z.minLength(1)),
    hash: z.enum(['murmur3-1', 'growthbook-2']),
    status: z.enum(['draft', 'running', 'stopped']),
    arms: z.array(Arm).check(z.minLength(1)),
    /** Buckets on purpose in no arm; these units get the champion and are not in the experiment. */
    unassigned: z._default(z.int().check(z.gte(0), z.lte(bucketCount)), 0),
    /** MongoDB-style condition over the unit's attributes. Its form is checked when it is evaluated: an unknown operator matches nobody. */
    where: z.optional(z.record(z.string(), z.unknown())),
    /** Experiments that share a namespace id take disjoint ranges of it, so that no unit is in two. */
    namespace: z.optional(Namespace),
    shadow: z.optional(z.array(Semver)),
    guardrails: z.optional(z.array(Guardrail)),
    plan: z.optional(Plan),
  }),
);
export type Experiment = z.infer<typeof Experiment>;
