import type {Golden, Manifest} from '@kedge/core';
import {readDataset} from '../data/dataset.js';
import {evaluate} from '../run/evaluate.js';
import {type Loadable, openSession} from '../run/runtime.js';
import {score} from '../run/score.js';
import {evenly, makeGolden, spread} from './golden.js';
import {makeReference} from './histogram.js';
import type {Meta} from './meta.js';
import type {ModelSource} from './model-source.js';
import type {PackOptions} from './pack-model.js';

/** What only running the model over validation data can tell. */
export interface Measured {
  golden: Golden[];
  goldenBytes?: Uint8Array;
  expected?: Manifest['expected'];
  reference?: Manifest['reference'];
  notes: string[];
}

/** The version, as far as a runtime needs to know it. */
export function loadable({name, version}: PackOptions, {format}: Meta, {entry, specs}: ModelSource): Loadable {
  return {model: name, version, format, entry, ...specs};
}

/** Golden vectors, expected metrics and the drift reference; notes instead of them when the model can't be run here. */
export async function measure(options: PackOptions, meta: Meta, source: ModelSource): Promise<Measured> {
  const without = (why: string): Measured => ({
    golden: [],
    notes: [`${why}: no golden vectors (devices can't check their numbers), no expected metrics, no drift reference`],
  });
  if (!options.validation) return without('no validation data was given');
  if (options.run === false) return without('--no-run was given');
  const dataset = await readDataset(options.validation, options.limit);
  const session = await openSession(loadable(options, meta, source), source.files);
  if (!session) return without(`${meta.format} can't be run here (install @tensorflow/tfjs)`);
  try {
    const answers = await evaluate(session, source.specs, dataset, options.onProgress);
    const {accuracy, metrics, predicted} = score(
      {task: meta.task, ...(meta.classes && {classes: meta.classes}), outputs: source.specs.outputs},
      answers,
      dataset,
    );
    const {count, ...tolerance} = meta.golden;
    const picked =
      meta.task === 'classification'
        ? spread(Array.from(dataset.labels).slice(0, dataset.examples), count)
        : evenly(dataset.examples, count);
    const {golden, bytes} = await makeGolden(session, source.specs, dataset, picked, tolerance);
    const {name, sha256, examples} = dataset;
    return {
      golden,
      goldenBytes: bytes,
      expected: {dataset: {name, sha256, examples}, ...(accuracy !== undefined && {accuracy}), metrics},
      reference: makeReference(source.specs, dataset, answers, predicted),
      notes: [],
    };
  } finally {
    await session.release();
  }
}
