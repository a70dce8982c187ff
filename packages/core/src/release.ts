import * as z from 'zod/mini';
import {BucketRange, Experiment} from './experiment.js';
import {Digest, Name, Semver} from './manifest.js';

const Instant = z.string().check(
  z.regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/,
    'expected an ISO 8601 instant with its time zone',
  ),
  z.refine(text => !Number.isNaN(Date.parse(text)), 'expected a date that exists'),
);

export const ReleasedVersion = z.object({
  /** Address of its manifest. */
  manifest: Digest,
  /** All artifacts together, in bytes. */
  bytes: z.int().check(z.nonnegative()),
  previous: z.optional(Semver),
});

export const ReleasedModel = z
  .object({
    champion: Semver,
    versions: z.record(Semver, ReleasedVersion),
    revoked: z._default(z.array(Semver), []),
    /** `false` turns the model off everywhere: only the baseline answers. */
    enabled: z._default(z.boolean(), true),
  })
  .check(
    z.refine(({champion, versions}) => Object.hasOwn(versions, champion), {
      error: 'champion is not among versions',
      path: ['champion'],
    }),
    z.refine(({champion, revoked}) => !revoked.includes(champion), {error: 'champion is revoked', path: ['champion']}),
  );
export type ReleasedModel = z.infer<typeof ReleasedModel>;

export const TelemetryPolicy = z.object({
  /** Salt of the unit's hash, so that two products can't join their people. */
  salt: z.string(),
  enabled: z._default(z.boolean(), true),
});

/** A unit must not be in two experiments on one model: nobody could say which version it gets. */
function collide(one: Experiment, other: Experiment): boolean {
  if (one.model !== other.model || one.status !== 'running' || other.status !== 'running') return false;
  if (!one.namespace || one.namespace.id !== other.namespace?.id) return true;
  return one.namespace.range[0] < other.namespace.range[1] && other.namespace.range[0] < one.namespace.range[1];
}

/** Own properties only: a model may be called `constructor`. */
function holds(models: Record<string, ReleasedModel>, {model, arms, shadow = []}: Experiment): boolean {
  if (!Object.hasOwn(models, model)) return false;
  const {versions} = models[model]!;
  return [...arms.map(({version}) => version), ...shadow].every(version => Object.hasOwn(versions, version));
}

/** What is pinned and running now on one channel. Signed as a DSSE envelope; a higher `version` replaces a lower one. */
export const Release = z
  .object({
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
  })
  .check(
    z.refine(({issued, expires}) => Date.parse(issued) < Date.parse(expires), {
      error: 'expires is not after issued',
      path: ['expires'],
    }),
    z.refine(({models, experiments}) => experiments.every(experiment => holds(models, experiment)), {
      error: 'an arm or shadow names a version that the release does not hold',
      path: ['experiments'],
    }),
    z.refine(({experiments}) => new Set(experiments.map(({key}) => key)).size === experiments.length, {
      error: 'two experiments have the same key',
      path: ['experiments'],
    }),
    z.refine(
      ({experiments}) => !experiments.some((one, i) => experiments.slice(i + 1).some(other => collide(one, other))),
      {error: 'two running experiments on one model must take disjoint ranges of one namespace', path: ['experiments']},
    ),
  );
export type Release = z.infer<typeof Release>;

/** The `payloadType` of a release's envelope. */
export const releasePayloadType = 'application/vnd.kedge.release+json';
