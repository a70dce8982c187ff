import {KedgeError, type Release, type ReleasedVersion} from '@kedge/core';
import {serves, startExperiment, stopExperiment, stopWhere, weighArms} from './experiments.js';
import {crown, experimentOf, modelOf, versionOf, withModel} from './lookup.js';

/** One thing that an operator can do to a release. */
export type Change =
  | {
      kind: 'add';
      model: string;
      version: string;
      manifest: string;
      bytes: number;
      /** Smaller forms of the version, each with its manifest. */
      variants?: ReleasedVersion['variants'];
      champion: boolean;
      /** What a rollback from it goes to; with `champion` only. By default the champion before it. */
      previous?: string;
    }
  /** The release no longer names it; stopped experiments that served it go with it. */
  | {kind: 'remove'; model: string; version: string}
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
    case 'remove':
      return remove(release, change);
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

function add(release: Release, {model, version, champion, previous, ...packed}: Of<'add'>): Release {
  const {manifest, bytes} = packed;
  const known = Object.hasOwn(release.models, model) ? release.models[model] : undefined;
  const before = known && Object.hasOwn(known.versions, version) ? known.versions[version] : undefined;
  if (before && before.manifest !== manifest)
    throw new KedgeError(
      'release_invalid',
      `${model}@${version} is released as ${before.manifest}, the registry now has ${manifest}; a released version never changes: pack it under a new version`,
    );
  const variants = withVariants(`${model}@${version}`, before?.variants ?? [], packed.variants ?? []);
  const released = {...(before ?? {manifest, bytes}), ...(variants.length > 0 && {variants})};
  const versions = {...known?.versions, [version]: released};
  const next = known ? {...known, versions} : {champion: version, versions, revoked: [], enabled: true};
  const added = withModel(release, model, champion ? crown(next, version) : next);
  return previous === undefined ? added : withPrevious(added, model, version, previous);
}

type Variants = NonNullable<ReleasedVersion['variants']>;

/** Variants may join a released version; those that it has never change. */
function withVariants(name: string, before: Variants, packed: Variants): Variants {
  const changed = before.find(one =>
    packed.some(other => other.variant === one.variant && other.manifest !== one.manifest),
  );
  if (changed)
    throw new KedgeError(
      'release_invalid',
      `${name}+${changed.variant} is released as ${changed.manifest}, the registry now has another; a released version never changes: pack it under a new version`,
    );
  return [...before, ...packed.filter(({variant}) => !before.some(one => one.variant === variant))];
}

function withPrevious(release: Release, name: string, version: string, previous: string): Release {
  const model = modelOf(release, name);
  versionOf(release, name, previous);
  if (model.champion !== version || previous === version || model.revoked.includes(previous))
    throw new KedgeError(
      'release_invalid',
      `--previous: expected another version of ${name} that is not revoked, for one that becomes champion (--champion), got ${previous}`,
    );
  const versions = {...model.versions, [version]: {...model.versions[version]!, previous}};
  return withModel(release, name, {...model, versions});
}

function remove(release: Release, {model: name, version}: Of<'remove'>): Release {
  versionOf(release, name, version);
  const model = modelOf(release, name);
  const user = userOf(release, name, version);
  if (user !== undefined) throw new KedgeError('release_invalid', `${name}@${version} is ${user}`);
  const {[version]: _, ...others} = model.versions;
  const versions = Object.fromEntries(
    Object.entries(others).map(([key, {previous, ...rest}]) => [
      key,
      previous === undefined || previous === version ? rest : {...rest, previous},
    ]),
  );
  const experiments = release.experiments.filter(one => !serves(one, name, version));
  return withModel({...release, experiments}, name, {...model, versions});
}

/** Why a version can't be removed; undefined when nothing needs it. */
function userOf(release: Release, name: string, version: string): string | undefined {
  const {champion, versions, revoked} = modelOf(release, name);
  if (version === champion) return 'the champion; release another first';
  if (version === versions[champion]?.previous && !revoked.includes(version))
    return `what a rollback from ${champion} goes to; name another first: kedge release add ${name}@${champion} --champion --previous VERSION`;
  const experiment = release.experiments.find(one => one.status !== 'stopped' && serves(one, name, version));
  return experiment && `served by experiment ${experiment.key}; stop it first: kedge release stop ${experiment.key}`;
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
