import {type Experiment, KedgeError, type Release, type ReleasedModel} from '@kedge/core';

const listed = (names: string[]) => (names.length > 0 ? names.join(', ') : 'none');

/** @throws KedgeError `model_unknown` */
export function modelOf(release: Release, name: string): ReleasedModel {
  const model = Object.hasOwn(release.models, name) ? release.models[name] : undefined;
  if (model) return model;
  throw new KedgeError(
    'model_unknown',
    `channel ${release.channel} has no model ${name}; it has ${listed(Object.keys(release.models))}; add it with: kedge release add ${name}@VERSION`,
  );
}

/** @throws KedgeError `model_unknown` */
export function versionOf(release: Release, name: string, version: string): void {
  const {versions} = modelOf(release, name);
  if (Object.hasOwn(versions, version)) return;
  throw new KedgeError(
    'model_unknown',
    `channel ${release.channel} has no ${name}@${version}; it has ${listed(Object.keys(versions))}; add it with: kedge release add ${name}@${version}`,
  );
}

/** @throws KedgeError `release_invalid` */
export function experimentOf(release: Release, key: string): Experiment {
  const experiment = release.experiments.find(one => one.key === key);
  if (experiment) return experiment;
  throw new KedgeError(
    'release_invalid',
    `channel ${release.channel} has no experiment ${key}; it has ${listed(release.experiments.map(one => one.key))}`,
  );
}

export function withModel(release: Release, name: string, model: ReleasedModel): Release {
  return {...release, models: {...release.models, [name]: model}};
}

export function withExperiment(release: Release, experiment: Experiment): Release {
  const others = release.experiments.filter(one => one.key !== experiment.key);
  return {...release, experiments: [...others, experiment]};
}

/** The model with another champion, which remembers the one before it. */
export function crown(model: ReleasedModel, version: string): ReleasedModel {
  if (model.champion === version) return model;
  const versions = {...model.versions, [version]: {...model.versions[version]!, previous: model.champion}};
  return {...model, champion: version, versions};
}
