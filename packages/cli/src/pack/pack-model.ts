import {webcrypto} from 'node:crypto';
import {dirname, resolve} from 'node:path';
import {type Artifact, canonicalJson, KedgeError, Manifest, parse, sha256, utf8} from '@kedge/core';
import type {DatasetSource} from '../data/dataset.js';
import type {OnProgress} from '../progress.js';
import {manifestPath} from '../registry/paths.js';
import {listVersions} from '../registry/read.js';
import {storeArtifact, writeAtomic} from '../registry/write.js';
import {commitOf} from './commit.js';
import {goldenPath} from './golden.js';
import {measure, type Measured} from './measure.js';
import {type Meta, readMeta} from './meta.js';
import {type ModelSource, readModel} from './model-source.js';

export interface PackOptions {
  /** The ONNX file, or a tfjs model's `model.json`. */
  model: string;
  name: string;
  version: string;
  meta: string;
  registry: string;
  /** Overrides the one in `meta`. */
  format?: Manifest['format'];
  validation?: DatasetSource;
  /** Only the first so many examples: tfjs takes milliseconds for each in Node. @default all */
  limit?: number;
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
  /** What is missing from this version, and why. */
  notes: string[];
}

/**
 * Writes a version into a registry: blobs, then the manifest. The same files, meta and data give the same address.
 *
 * @throws CliError (usage), KedgeError `model_invalid`, `manifest_invalid`, `input_invalid`, `output_invalid`
 */
export async function packModel(options: PackOptions): Promise<Packed> {
  const stated = await readMeta(options.meta);
  const meta = {...stated, ...(options.format && {format: options.format})};
  const source = await readModel(options.model, meta);
  checkBaseline(meta, source);
  const measured = await measure(options, meta, source);
  const artifacts = await storeFiles(options, source, measured);
  const lineage = {...meta.lineage, commit: meta.lineage.commit ?? (await commitOf(dirname(resolve(options.meta))))};
  const manifest = toManifest(options, meta, source, measured, artifacts, lineage);
  const others = (await listVersions(options.registry)).filter(
    other => other.manifest.model !== manifest.model || other.manifest.version !== manifest.version,
  );
  const text = canonicalJson(manifest);
  const address = await sha256(webcrypto.subtle, utf8(text));
  await writeAtomic(manifestPath(options.registry, address), text);
  const chunks = artifacts.flatMap(artifact => artifact.chunks);
  const known = new Set(
    others.flatMap(({manifest: {artifacts: all}}) => all.flatMap(one => one.chunks.map(chunk => chunk.sha256))),
  );
  const sum = (list: typeof chunks) => list.reduce((total, chunk) => total + chunk.bytes, 0);
  return {
    address,
    manifest,
    bytes: sum(chunks),
    chunks: chunks.length,
    reusedBytes: sum(chunks.filter(chunk => known.has(chunk.sha256))),
    notes: measured.notes,
  };
}

async function storeFiles(
  {registry, onProgress}: PackOptions,
  source: ModelSource,
  {goldenBytes}: Measured,
): Promise<Artifact[]> {
  const files = [...source.files, ...(goldenBytes ? [[goldenPath, goldenBytes] as const] : [])];
  const total = files.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  const artifacts: Artifact[] = [];
  let done = 0;
  for (const [path, bytes] of files) {
    artifacts.push(
      await storeArtifact(registry, bytes, path, stored => onProgress?.({phase: 'bytes', done: done + stored, total})),
    );
    done += bytes.length;
  }
  return artifacts;
}

function toManifest(
  {name, version}: PackOptions,
  meta: Meta,
  {entry, specs, runtime}: ModelSource,
  {golden, expected, reference}: Measured,
  artifacts: Artifact[],
  lineage: Manifest['lineage'],
): Manifest {
  const {task, format, classes, preprocess, baseline, card} = meta;
  const value = {schema: 'kedge.manifest/1', model: name, version, task, format, entry, artifacts, ...specs};
  const optional = {preprocess, classes, expected, reference, baseline, lineage, card};
  return parse(
    Manifest,
    JSON.parse(JSON.stringify({...value, golden, ...optional, runtime})),
    'manifest_invalid',
    `manifest of ${name}@${version}`,
  );
}

/** A naive answer of the wrong length would be found only when it is needed. */
function checkBaseline({baseline = {}}: Meta, {specs}: ModelSource): void {
  for (const [name, values] of Object.entries(baseline)) {
    const spec = specs.outputs.find(output => output.name === name);
    if (!spec)
      throw new KedgeError(
        'manifest_invalid',
        `--meta: baseline.${name}: the model has no such output; it has ${specs.outputs.map(output => output.name).join(', ')}`,
      );
    const sizes = spec.shape.filter(size => typeof size === 'number');
    const expected = sizes.reduce((all, size) => all * size, 1);
    if (values.length !== expected)
      throw new KedgeError(
        'manifest_invalid',
        `--meta: baseline.${name}: expected ${expected} numbers, got ${values.length}`,
      );
  }
}
