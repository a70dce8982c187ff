import {type Arm, bucketCount, evenArms, Experiment, KedgeError, parse, type Release, withWeights} from '@kedge/core';
import * as z from 'zod/mini';
import {experimentOf, versionOf, withExperiment} from './lookup.js';

const Draft = z.looseObject({
  key: z.string(),
  model: z.string(),
  phase: z._default(z.number(), 1),
  salt: z.optional(z.string()),
  hash: z._default(z.string(), 'murmur3-1'),
  unassigned: z.optional(z.number()),
  arms: z.array(
    z.looseObject({
      key: z.string(),
      version: z.string(),
      weight: z.optional(z.number()),
      ranges: z.optional(z.array(z.unknown())),
    }),
  ),
});
type Draft = z.infer<typeof Draft>;

/** The release with the experiment running. Without weights arms share alike, without ranges they are allotted. */
export function startExperiment(release: Release, value: unknown): Release {
  const where = 'experiment';
  const draft = parse(Draft, value, 'release_invalid', where);
  checkRestart(release, draft);
  const salt = draft.salt ?? `${draft.key}:${draft.phase}`;
  const filled = {...draft, ...allot(draft), salt, status: 'running'};
  const experiment = parse(Experiment, filled, 'release_invalid', `experiment ${draft.key}`);
  for (const {version} of experiment.arms) versionOf(release, experiment.model, version);
  const revoked = experiment.arms.find(({version}) => release.models[experiment.model]!.revoked.includes(version));
  if (revoked)
    throw new KedgeError(
      'release_invalid',
      `experiment ${draft.key}: arm ${revoked.key} serves ${revoked.version}, which is revoked`,
    );
  return withExperiment(release, experiment);
}

/** Results of one phase are never pooled with another's: the same question asked anew needs a new number. */
function checkRestart({experiments}: Release, {key, phase}: Draft): void {
  const before = experiments.find(one => one.key === key);
  if (!before || before.status === 'draft') return;
  if (before.status === 'running')
    throw new KedgeError('release_invalid', `experiment ${key} is running; stop it first: kedge release stop ${key}`);
  if (phase <= before.phase)
    throw new KedgeError(
      'release_invalid',
      `experiment ${key} ran as phase ${before.phase}; expected a higher phase, got ${phase}`,
    );
}

function allot({key, arms, unassigned}: Draft): {arms: unknown[]; unassigned: number} {
  const weighted = arms.filter(arm => arm.weight !== undefined);
  if (arms.some(arm => arm.ranges)) return {arms, unassigned: unassigned ?? 0};
  if (weighted.length === 0) return {arms: evenArms(arms, unassigned ?? 0), unassigned: unassigned ?? 0};
  const missing = arms.find(arm => arm.weight === undefined);
  if (missing)
    throw new KedgeError(
      'release_invalid',
      `experiment ${key}: arm ${missing.key} has no weight; give each arm one, or none of them`,
    );
  const weights = Object.fromEntries(weighted.map(arm => [arm.key, arm.weight!]));
  const empty = arms.map((arm): Arm => ({...arm, weight: 0, ranges: []}));
  return {arms: withWeights(empty, weights, unassigned ?? 0), unassigned: unassigned ?? 0};
}

/** Moves as few units as can be. `unassigned` among the weights names the part in no arm; without it that part stays. */
export function weighArms(release: Release, key: string, weights: Record<string, number>): Release {
  const experiment = experimentOf(release, key);
  if (experiment.status === 'stopped')
    throw new KedgeError('release_invalid', `experiment ${key} is stopped; its weights can't change`);
  const {unassigned = experiment.unassigned, ...named} = weights;
  return withExperiment(release, {...experiment, unassigned, arms: withWeights(experiment.arms, named, unassigned)});
}

export function stopExperiment(release: Release, key: string): Release {
  return withExperiment(release, {...experimentOf(release, key), status: 'stopped'});
}

/** Whether an experiment needs a version: in an arm, or unseen beside one. */
export function serves({model, arms, shadow = []}: Experiment, name: string, version: string): boolean {
  return model === name && (arms.some(arm => arm.version === version) || shadow.includes(version));
}

/** Stops every running experiment that serves a version. */
export function stopWhere(release: Release, model: string, version: string): Release {
  const experiments = release.experiments.map(one => {
    const answers = one.model === model && one.status === 'running' && one.arms.some(arm => arm.version === version);
    return answers ? {...one, status: 'stopped' as const} : one;
  });
  return {...release, experiments};
}

/** A weight of 10 000 as a share, for people: `50 %`. */
export function describeWeight(weight: number): string {
  return `${Number(((100 * weight) / bucketCount).toFixed(2))} %`;
}
