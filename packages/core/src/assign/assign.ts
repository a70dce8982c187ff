import type {Arm, Experiment} from '../experiment.js';
import type {Release} from '../release.js';
import {bucketOf, inNamespace, inRanges} from './bucket.js';
import {matches} from './condition.js';
import {checkUnitId, type Unit} from './unit.js';

/**
 * Why a unit is in no experiment on a model. With several experiments, the one it came nearest to gives the reason; they
 * stand in that order, the farthest first.
 *
 * - `none`: the release has no experiment on this model
 * - `draft`, `stopped`: none of them is running
 * - `namespace`: the unit is outside the experiment's part of its namespace
 * - `targeting`: the unit's attributes do not match `where`
 * - `unassigned`: its bucket is in no arm
 * - `holdout`: the unit is kept out of all experiments
 */
export const unassignedReasons = [
  'none',
  'draft',
  'stopped',
  'namespace',
  'targeting',
  'unassigned',
  'holdout',
] as const;
export type UnassignedReason = (typeof unassignedReasons)[number];

export type Assignment = {readonly experiment: Experiment; readonly arm: Arm; readonly bucket: number} | Nobody;

type Nobody = {readonly experiment: null; readonly reason: UnassignedReason};

// Made once, so that assigning nobody allocates nothing; frozen, because every caller gets the same objects.
const nobody = Object.fromEntries(
  unassignedReasons.map(reason => [reason, Object.freeze({experiment: null, reason})]),
) as Record<UnassignedReason, Nobody>;

/**
 * The arm that serves a model to a unit. Pure: the same release and unit give the same arm on every device.
 *
 * @throws TypeError when the unit's id is not a string of 1 to 1 024 characters
 */
export function assign(release: Pick<Release, 'experiments' | 'holdout'>, model: string, unit: Unit): Assignment {
  checkUnitId(unit.id);
  let nearest: UnassignedReason = 'none';
  for (const experiment of release.experiments) {
    if (experiment.model !== model) continue;
    const obstacle = obstacleOf(experiment, unit) ?? (inHoldout(release.holdout, unit.id) ? 'holdout' : undefined);
    if (!obstacle) {
      const bucket = bucketOf(experiment.hash, experiment.salt, unit.id);
      for (const arm of experiment.arms) if (inRanges(arm.ranges, bucket)) return {experiment, arm, bucket};
    }
    nearest = nearer(nearest, obstacle ?? 'unassigned');
  }
  return nobody[nearest];
}

/** What keeps the unit out before its bucket is asked, in GrowthBook's order. */
function obstacleOf(experiment: Experiment, unit: Unit): UnassignedReason | undefined {
  if (experiment.status !== 'running') return experiment.status;
  if (experiment.namespace && !inNamespace(experiment.namespace, unit.id)) return 'namespace';
  if (experiment.where && !matches(experiment.where, unit.attributes ?? {}, unit.groups)) return 'targeting';
  return undefined;
}

function inHoldout(holdout: Release['holdout'], unitId: string): boolean {
  return holdout !== undefined && inRanges(holdout.ranges, bucketOf('murmur3-1', holdout.salt, unitId));
}

function nearer(one: UnassignedReason, other: UnassignedReason): UnassignedReason {
  return unassignedReasons.indexOf(one) > unassignedReasons.indexOf(other) ? one : other;
}
