import * as z from 'zod/mini';
import {BucketRange, Experiment} from './experiment.js';
import {Digest, Name, Semver} from './manifest.js';
import {ruled} from './ruled.js';

const Instant = ruled(
  'instant',
  z
    .string()
    .check(
      z.regex(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
        'expected an ISO 8601 instant with its time zone',
      ),
    ),
);

export const ReleasedVersion = z.object({
  /** Address of its manifest. */
  manifest: Digest,
  /** All artifacts together, in bytes. */
  bytes: z.int().check(z.nonnegative()),
  previous: z.optional(Semver),
  /** The same version in other forms (see `Manifest.variant`), for devices that can't hold or run the full one. */
  variants: z.optional(z.array(z.object({variant: Name, manifest: Digest, bytes: z.int().check(z.nonnegative())}))),
});
export type ReleasedVersion = z.infer<typeof ReleasedVersion>;

export const ReleasedModel = ruled(
  'releasedModel',
  z.object({
    champion: Semver,
    versions: z.record(Semver, ReleasedVersion),
    revoked: z._default(z.array(Semver), []),
    /** `false` turns the model off everywhere: only the baseline answers. */
    enabled: z._default(z.boolean(), true),
  }),
);
export type ReleasedModel = z.infer<typeof ReleasedModel>;

export const TelemetryPolicy = z.object({
  /** Salt of the unit's hash, so that two products can't join their people. */
  salt: z.string(),
  enabled: z._default(z.boolean(), true),
});

/** What is pinned and running now on one channel. Signed as a DSSE envelope; a higher `version` replaces a lower one. */
export const Release = ruled(
  'release',
  z.object({
    schema: z.literal('kedge.release/1'),
    channel: Name,
    version: z.int().check(z.gte(1)),
    issued: Instant,
    expires: Instant,
    models: z.record(Name, ReleasedModel),
    experiments: z._default(z.array(Experiment), []),
    /** Units in these buckets are in no experiment. */
    holdout: z.optional(z.object({salt: z.string(), ranges: z.array(BucketRange)})),
    telemetry: z.optional(TelemetryPolicy),
  }),
);
export type Release = z.infer<typeof Release>;
