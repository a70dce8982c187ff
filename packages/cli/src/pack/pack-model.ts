import {webcrypto} from 'node:crypto';
import {stat} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {type Artifact, canonicalJson, Manifest, parse, sha256, utf8} from '@kedge/core';
import {bordersOf} from '../chunk/borders.js';
import type {DatasetSource} from '../data/dataset.js';
import {listFunctions} from '../functions/list.js';
import type {OnProgress} from '../progress.js';
import {manifestPath} from '../registry/paths.js';
import {listVersions} from '../registry/read.js';
import {storeArtifact, writeAtomic} from '../registry/write.js';
import {checkBaseline} from './baseline.js';
import {commitOf} from './commit.js';
import {goldenPath} from './golden.js';
import {loadable, measure, type Measured} from './measure.js';
import {type Meta, readMeta} from './meta.js';
import {type ModelSource, readModel} from './model-source.js';
import {pinRuntime, type RuntimeFilesOptions} from './runtime-files.js';
import {findBases, makeUpdates, type Update} from './updates.js';

export interface PackOptions extends RuntimeFilesOptions {
  /** The ONNX file, or a tfjs model's `model.json`; files that it names lie beside it. */
  model: string;
  name: string;
  version: string;
  /** Another form of the same version, such as `int8`. */
  variant?: string;
  meta: string;
  registry: string;
  /** Overrides the one in `meta`. */
  format?: Manifest['format'];
  validation?: DatasetSource;
  /** Only the first so many examples: tfjs takes milliseconds for each in Node. @default all */
  limit?: number;
  /** False: no runtime loads the model, not even to ask whether it can. @default true */
  run?: boolean;
  /** Older versions, by version or address, that patches are made from. */
  from?: readonly string[];
  onProgress?: OnProgress;
}

export interface Packed {
  /** SHA-256 of the manifest. */
  address: string;
  manifest: Manifest;
  bytes: number;
  chunks: number;
  /** Bytes of chunks that other versions in this registry have too: a device with one of them does not fetch these. */
  reusedBytes: number;
  /** What devices with the versions of `from` fetch. */
  updates: Update[];
  /** What is missing from this version, and why. */
  notes: string[];
}

/**
 * Writes a version into a registry: blobs, then the manifest. The same files, meta and data give the same address, and with
 * `from` the same where zlib is the same.
 *
 * @throws CliError (usage), KedgeError `model_invalid`, `model_unknown`, `manifest_invalid`, `input_invalid`,
 *   `output_invalid`, `golden_mismatch`, `artifact_corrupt`
 */
export async function packModel(options: PackOptions): Promise<Packed> {
  const stated = await readMeta(options.meta);
  const meta = {...stated, ...(options.format && {format: options.format})};
  const source = await readModel(options.model, meta, options.run ?? true);
  checkBaseline(meta, source.specs.outputs);
  const bases = await findBases(options);
  const measured = await measure(options, meta, source);
  const artifacts = await storeFiles(options, source, measured);
  const pinned = await pinRuntime(options.registry, source.runtime, meta.runtime !== undefined, options);
  const {patches, updates} = await makeUpdates(options, bases, artifacts, source.tensors);
  const lineage = {...meta.lineage, commit: meta.lineage.commit ?? (await commitOf(dirname(resolve(options.meta))))};
  const version = loadable(options, meta, source);
  const run = options.run ?? true;
  const listed = await listFunctions({version, files: source.files, artifacts, measured, run, ...pinned});
  const runtime = {...listed.runtime, ...(meta.features && {features: meta.features})};
  const parts = {artifacts, lineage, runtime, ...(patches.length > 0 && {patches})};
  const manifest = toManifest(options, meta, source, measured, parts);
  const address = await writeManifest(options.registry, manifest);
  return {
    ...{address, manifest, updates, ...(await sharedWith(options.registry, manifest))},
    notes: [...source.notes, ...measured.notes, ...pinned.notes, ...listed.notes],
  };
}

async function writeManifest(registry: string, manifest: Manifest): Promise<string> {
  const text = canonicalJson(manifest);
  const address = await sha256(webcrypto.subtle, utf8(text));
  await writeAtomic(manifestPath(registry, address), text);
  return address;
}

/** How large it is, and how much of it other versions have. */
async function sharedWith(registry: string, {model, version, variant, artifacts}: Manifest) {
  const others = (await listVersions(registry)).filter(
    ({manifest: other}) => other.model !== model || other.version !== version || other.variant !== variant,
  );
  const known = new Set(
    others.flatMap(({manifest}) => manifest.artifacts.flatMap(one => one.chunks.map(chunk => chunk.sha256))),
  );
  const chunks = artifacts.flatMap(artifact => artifact.chunks);
  const sum = (list: typeof chunks) => list.reduce((total, chunk) => total + chunk.bytes, 0);
  return {
    ...{bytes: sum(chunks), chunks: chunks.length},
    reusedBytes: sum(chunks.filter(chunk => known.has(chunk.sha256))),
  };
}

async function storeFiles(
  {registry, onProgress}: PackOptions,
  {files, tensors}: ModelSource,
  {goldenBytes}: Measured,
): Promise<Artifact[]> {
  const sources = [...files, ...(goldenBytes ? [[goldenPath, goldenBytes] as const] : [])];
  const sizes = await Promise.all(
    sources.map(async ([, file]) => (typeof file === 'string' ? (await stat(file)).size : file.length)),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const artifacts: Artifact[] = [];
  let done = 0;
  for (const [i, [path, file]] of sources.entries()) {
    const own = tensors.filter(({artifact}) => artifact === path);
    const onBytes = (stored: number) => onProgress?.({phase: 'bytes', done: done + stored, total});
    artifacts.push(await storeArtifact(registry, file, path, {borders: bordersOf(own, sizes[i]!), onBytes}));
    done += sizes[i]!;
  }
  return artifacts;
}

function toManifest(
  {name, version, variant}: PackOptions,
  meta: Meta,
  {entry, specs}: ModelSource,
  {golden, expected, reference}: Measured,
  parts: Pick<Manifest, 'artifacts' | 'lineage' | 'runtime' | 'patches'>,
): Manifest {
  const {task, format, classes, preprocess, baseline, card} = meta;
  const value = {schema: 'kedge.manifest/1', model: name, version, variant, task, format, entry, ...specs, golden};
  const optional = {preprocess, classes, expected, reference, baseline, card};
  return parse(
    Manifest,
    JSON.parse(JSON.stringify({...value, ...optional, ...parts})),
    'manifest_invalid',
    `manifest of ${name}@${version}`,
  );
}
