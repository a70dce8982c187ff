import {bucketCount} from './assign/bucket.js';
import type {Arm, BucketRange, Experiment} from './experiment.js';
import type {Release, ReleasedModel} from './release.js';
import {areDistinct, type RuleSet} from './rules.js';

export interface RuledInRelease {
  bucketRange: BucketRange;
  fraction: readonly [number, number];
  experiment: Experiment;
  instant: string;
  releasedModel: ReleasedModel;
  release: Release;
}

const lengthOf = (ranges: readonly BucketRange[]) => ranges.reduce((sum, [start, end]) => sum + end - start, 0);

function disjoint(arms: readonly Arm[]): boolean {
  const sorted = arms.flatMap(arm => arm.ranges).sort((a, b) => a[0] - b[0]);
  return sorted.every(([start], i) => i === 0 || start >= sorted[i - 1]![1]);
}

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

/** Every rule of a release, by the name of the schema that it belongs to. */
export const releaseRules: RuleSet<RuledInRelease> = {
  bucketRange: [{error: 'a range must not be empty', path: [], test: ([start, end]) => start < end}],
  fraction: [
    {
      error: 'expected 0 <= start < end <= 1',
      path: [],
      test: ([start, end]) => start >= 0 && start < end && end <= 1,
    },
  ],
  experiment: [
    {
      error: 'an arm’s ranges do not add up to its weight',
      path: ['arms'],
      test: ({arms}) => arms.every(arm => lengthOf(arm.ranges) === arm.weight),
    },
    {error: 'ranges of two arms overlap', path: ['arms'], test: ({arms}) => disjoint(arms)},
    {
      error: `weights and unassigned do not sum to ${bucketCount}`,
      path: ['arms'],
      test: ({arms, unassigned}) => arms.reduce((sum, arm) => sum + arm.weight, unassigned) === bucketCount,
    },
    {error: 'two arms have the same key', path: ['arms'], test: ({arms}) => areDistinct(arms.map(arm => arm.key))},
  ],
  instant: [{error: 'expected a date that exists', path: [], test: text => !Number.isNaN(Date.parse(text))}],
  releasedModel: [
    {
      error: 'champion is not among versions',
      path: ['champion'],
      test: ({champion, versions}) => Object.hasOwn(versions, champion),
    },
    {
      error: 'champion is revoked',
      path: ['champion'],
      test: ({champion, revoked}) => !revoked.includes(champion),
    },
  ],
  release: [
    {
      error: 'expires is not after issued',
      path: ['expires'],
      test: ({issued, expires}) => Date.parse(issued) < Date.parse(expires),
    },
    {
      error: 'an arm or shadow names a version that the release does not hold',
      path: ['experiments'],
      test: ({models, experiments}) => experiments.every(experiment => holds(models, experiment)),
    },
    {
      error: 'two experiments have the same key',
      path: ['experiments'],
      test: ({experiments}) => areDistinct(experiments.map(({key}) => key)),
    },
    {
      error: 'two running experiments on one model must take disjoint ranges of one namespace',
      path: ['experiments'],
      test: ({experiments}) =>
        !experiments.some((one, i) => experiments.slice(i + 1).some(other => collide(one, other))),
    },
  ],
};
