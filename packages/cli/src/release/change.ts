import {KedgeError, type Release} from '@kedge/core';
import {startExperiment, stopExperiment, stopWhere, weighArms} from './experiments.js';
import {crown, experimentOf, modelOf, versionOf, withModel} from './lookup.js';

/** One thing that an operator can do to a release. */
export type Change =
  | {kind: 'add'; model: string; version: string; manifest: string; bytes: number; champion: boolean}
  /** `experiment` as the operator wrote it; ranges, salt, phase and hash are filled in. */
  | {kind: 'start'; experiment: unknown}
  /** Shares of 10 000 by arm; `unassigned` names the part in no arm. */
  | {kind: 'weights'; experiment: string; weights: Record<string, number>}
  | {kind: 'stop'; experiment: string}
  | {kind: 'promote'; experiment: string; arm: string}
  | {kind: 'rollback'; model: string; to?: string}
  | {kind: 'revoke'; model: string; version: string}
  | {kind: 'enable'; model: string; enabled: boolean}
  /** Nothing but a new signature and expiry. */
  | {kind: 'sign'};

/**
 * The release after a change; pure. Whether the result is a valid release is for its schema to say.
 *
 * @throws KedgeError `model_unknown` or `release_invalid` naming what is missing and what there is
 */
export function applyChange(release: Release, change: Change): Release {
  switch (change.kind) {
    case 'add':
      return add(release, change);
    case 'start':
      return startExperiment(release, change.experiment);
    case 'weights':
      return weighArms(release, change.experiment, change.weights);
    case 'stop':
      return stopExperiment(release, change.experiment);
    case 'promote':
      return promote(release, change);
    case 'rollback':
      return rollback(release, change);
    case 'revoke':
      return revoke(release, change);
    case 'enable':
      return withModel(release, change.model, {...modelOf(release, change.model), enabled: change.enabled});
    case 'sign':
      return release;
  }
}

type Of<K extends Change['kind']> = Extract<Change, {kind: K}>;

function add(release: Release, {model, version, manifest, bytes, champion}: Of<'add'>): Release {
  const known = Object.hasOwn(release.models, model) ? release.models[model] : undefined;
  const before = known && Object.hasOwn(known.versions, version) ? known.versions[version] : undefined;
  if (before && before.manifest !== manifest)
    throw new KedgeError(
      'release_invalid',
      `${model}@${version} is released as ${before.manifest}, the registry now has ${manifest}; a released version never changes: pack it under a new version`,
    );
  const versions = {...known?.versions, [version]: before ?? {manifest, bytes}};
  const next = known ? {...known, versions} : {champion: version, versions, revoked: [], enabled: true};
  return withModel(release, model, champion ? crown(next, version) : next);
}

function promote(release: Release, {experiment: key, arm: armKey}: Of<'promote'>): Release {
  const experiment = experimentOf(release, key);
  const arm = experiment.arms.find(one => one.key === armKey);
  if (!arm)
    throw new KedgeError(
      'release_invalid',
      `experiment ${key} has no arm ${armKey}; it has ${experiment.arms.map(one => one.key).join(', ')}`,
    );
  const model = modelOf(release, experiment.model);
  if (model.revoked.includes(arm.version))
    throw new KedgeError('release_invalid', `${experiment.model}@${arm.version} is revoked and can't become champion`);
  return stopExperiment(withModel(release, experiment.model, crown(model, arm.version)), key);
}

function rollback(release: Release, {model: name, to}: Of<'rollback'>): Release {
  const model = modelOf(release, name);
  const target = to ?? model.versions[model.champion]?.previous;
  if (target === undefined)
    throw new KedgeError(
      'release_invalid',
      `${name}@${model.champion} has no previous champion; name one with --to (${Object.keys(model.versions).join(', ')}), or turn the model off: kedge release kill ${name}`,
    );
  versionOf(release, name, target);
  if (target === model.champion)
    throw new KedgeError('release_invalid', `${name}@${target} is the champion already; nothing to roll back`);
  if (model.revoked.includes(target))
    throw new KedgeError('release_invalid', `${name}@${target} is revoked; name another with --to`);
  // What is left is not to be served by an experiment either.
  const left = model.champion;
  return stopWhere(withModel(release, name, {...model, champion: target}), name, left);
}

function revoke(release: Release, {model: name, version}: Of<'revoke'>): Release {
  versionOf(release, name, version);
  const safe = modelOf(release, name).champion === version ? retreat(release, name) : release;
  const model = modelOf(safe, name);
  const revoked = [...new Set([...model.revoked, version])];
  return stopWhere(withModel(safe, name, {...model, revoked}), name, version);
}

/** Back to the newest previous champion that is not revoked itself. */
function retreat(release: Release, name: string): Release {
  const model = modelOf(release, name);
  const seen = new Set([model.champion]);
  let target = model.versions[model.champion]?.previous;
  while (target !== undefined && model.revoked.includes(target) && !seen.has(target)) {
    seen.add(target);
    target = model.versions[target]?.previous;
  }
  if (target === undefined || seen.has(target))
    throw new KedgeError(
      'release_invalid',
      `${name}@${model.champion} is the champion and has no previous one to go back to; release another first, or turn the model off: kedge release kill ${name}`,
    );
  return withModel(release, name, {...model, champion: target});
}
