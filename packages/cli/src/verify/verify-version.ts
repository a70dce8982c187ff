import {checkGolden} from '@kedge/client/runtime';
import {KedgeError, type Manifest} from '@kedge/core';
import {type Dataset, type DatasetSource, readDataset} from '../data/dataset.js';
import {CliError} from '../exit.js';
import type {OnProgress} from '../progress.js';
import {findVersion, type PackedVersion} from '../registry/read.js';
import {evaluate} from '../run/evaluate.js';
import {type Files, openSession} from '../run/runtime.js';
import {score, type Score} from '../run/score.js';
import {comparePaired, type Paired} from './compare.js';
import {checkBlobs, readBlob} from './integrity.js';
import {checkPatches} from './patches.js';
import {withStaged} from './staged.js';

export interface VerifyOptions {
  /** `MODEL@VERSION` or a manifest's address. */
  reference: string;
  registry: string;
  validation?: DatasetSource;
  /** Only the first so many examples. @default all */
  limit?: number;
  /** False: digests and patches are checked, and no runtime loads the model. @default true */
  run?: boolean;
  /** Least accuracy, 0 to 1. */
  minAccuracy?: number;
  /** A version that this one must not be worse than by more than `margin`. */
  champion?: string;
  /** Largest accepted loss of accuracy. @default 0.005 */
  margin?: number;
  onProgress?: OnProgress;
}

export interface Verified {
  model: string;
  version: string;
  address: string;
  bytes: number;
  chunks: number;
  golden: number;
  score?: Omit<Score, 'right'>;
  champion?: {version: string; address: string; accuracy: number; paired: Paired};
  /** Why it must not be released; empty when it passed. */
  failures: string[];
  /** What was not checked, and why. */
  notes: string[];
}

/**
 * Checks a packed version as a device would, and as a reviewer would. What is damaged throws; what is merely not good
 * enough stands in `failures`.
 *
 * @throws CliError (usage); KedgeError `artifact_corrupt`, `golden_mismatch`, `model_invalid`, `output_invalid`
 */
export async function verifyVersion(options: VerifyOptions): Promise<Verified> {
  if (!options.validation && (options.minAccuracy !== undefined || options.champion !== undefined))
    throw new CliError('usage', '--min-accuracy and --champion need validation data: --validation, --data or --ndjson');
  const dataset = options.validation && (await readDataset(options.validation, options.limit));
  const own = await examine(options, options.reference, dataset);
  const verified = {...own.facts, failures: unmeasured(options, own), notes: own.notes};
  if (!own.score) return verified;
  const {right, ...ownScore} = own.score;
  const result: Verified = {...verified, score: ownScore, failures: floorFailures(options, own.score)};
  if (options.champion === undefined) return result;
  const other = await examine(options, options.champion, dataset);
  if (!right || !other.score?.right)
    throw new CliError(
      'usage',
      `--champion: ${options.reference} and ${options.champion} must both be classifiers that can be run here`,
    );
  const paired = comparePaired(right, other.score.right);
  const {version, address} = other.facts;
  return {
    ...result,
    champion: {version, address, accuracy: paired.championAccuracy, paired},
    failures: [...result.failures, ...marginFailures(options, paired)],
  };
}

/** A floor that nothing was held against is not kept. */
function unmeasured(
  {minAccuracy, champion}: VerifyOptions,
  {score: found, notes}: {score?: Score; notes: string[]},
): string[] {
  if (found || (minAccuracy === undefined && champion === undefined)) return [];
  return [`its accuracy was to be checked, and it was not measured: ${notes.join('; ')}`];
}

/** Digests, patches, golden vectors and score of one version. */
async function examine(
  options: VerifyOptions,
  reference: string,
  dataset: Dataset | undefined,
): Promise<{facts: ReturnType<typeof factsOf>; notes: string[]; score?: Score}> {
  const {registry, onProgress} = options;
  const found = await findVersion(registry, reference);
  await checkBlobs(registry, found.manifest, onProgress);
  const unchecked = await checkPatches(registry, found.manifest);
  if (options.run === false)
    return {facts: factsOf(found, 0), notes: [...unchecked, '--no-run: only its digests and patches were checked']};
  const examined = await withStaged(registry, found.manifest, files => answer(options, found, files, dataset));
  return {...examined, notes: [...unchecked, ...examined.notes]};
}

async function answer(
  {registry, onProgress}: VerifyOptions,
  found: PackedVersion,
  files: Files,
  dataset: Dataset | undefined,
): Promise<{facts: ReturnType<typeof factsOf>; notes: string[]; score?: Score}> {
  const {manifest} = found;
  const session = await openSession(manifest, files);
  if (!session)
    return {facts: factsOf(found, 0), notes: [`${manifest.format} can't be run here: only its digests were checked`]};
  try {
    await checkGolden(manifest, session, await goldenFiles(registry, manifest), 'cpu');
    const facts = factsOf(found, manifest.golden.length);
    const notes = manifest.golden.length > 0 ? [] : ['it has no golden vectors: devices can’t check their numbers'];
    if (!dataset) return {facts, notes: [...notes, 'no validation data was given: accuracy was not checked']};
    const scored = score(manifest, await evaluate(session, manifest, dataset, onProgress), dataset);
    return {facts, notes: [...notes, ...differentData(manifest, dataset)], score: scored};
  } finally {
    await session.release();
  }
}

async function goldenFiles(registry: string, {golden, artifacts}: Manifest): Promise<Map<string, Uint8Array>> {
  const slices = golden.flatMap(({inputs, outputs}) => [...Object.values(inputs), ...Object.values(outputs)]);
  const named = new Set(slices.map(({artifact}) => artifact));
  const files = new Map<string, Uint8Array>();
  for (const artifact of artifacts)
    if (named.has(artifact.path)) files.set(artifact.path, await readBlob(registry, artifact));
  return files;
}

function factsOf({address, manifest}: PackedVersion, golden: number) {
  const {model, version, artifacts} = manifest;
  return {
    ...{model, version, address, golden},
    bytes: artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0),
    chunks: artifacts.reduce((sum, artifact) => sum + artifact.chunks.length, 0),
  };
}

function differentData({expected}: Manifest, {name, sha256}: Dataset): string[] {
  if (!expected || expected.dataset.sha256 === sha256) return [];
  return [`${name} is not the data that the manifest's metrics come from (${expected.dataset.name})`];
}

function floorFailures({minAccuracy, reference}: VerifyOptions, {accuracy, examples}: Score): string[] {
  if (minAccuracy === undefined) return [];
  if (accuracy === undefined)
    throw new KedgeError('input_invalid', `--min-accuracy: ${reference} is no classifier; it has no accuracy`);
  if (accuracy >= minAccuracy) return [];
  return [`accuracy ${accuracy.toFixed(4)} on ${examples} examples is below the stated ${minAccuracy}`];
}

function marginFailures(
  {margin = 0.005, champion}: VerifyOptions,
  {accuracy, championAccuracy, examples}: Paired,
): string[] {
  // Accuracies are counts over one number of examples; the slack is for their subtraction only.
  if (championAccuracy - accuracy <= margin + 1e-12) return [];
  return [
    `accuracy ${accuracy.toFixed(4)} is worse than ${championAccuracy.toFixed(4)} of ${champion} by more than the margin ${margin}, on the same ${examples} examples`,
  ];
}
