import {type Artifact, KedgeError, type Manifest, type Patch} from '@kedge/core';
import type {OnProgress} from '../progress.js';
import {tensorPlaces} from '../model/places.js';
import type {TensorPlace} from '../model/tensor-place.js';
import {type PatchSide, storePatch} from '../patch/store-patch.js';
import {blobPath} from '../registry/paths.js';
import {findVersion, type PackedVersion} from '../registry/read.js';
import {checkBlobs} from '../verify/integrity.js';

/** What a device that has an older version fetches. */
export interface Update {
  /** Version and address of the older one. */
  from: string;
  address: string;
  /** All artifacts; what is missing of them by chunks; what is fetched when patches are used where they cost less. */
  bytes: number;
  missingBytes: number;
  fetchedBytes: number;
  /** Artifacts that a patch makes, and its bytes. */
  patches: {artifact: string; bytes: number; missingBytes: number}[];
}

/** A patch costs a device work and a second kind of failure: it must save a tenth at least. */
const worthwhileShare = 0.9;

export interface BaseOptions {
  registry: string;
  /** The model that is packed. */
  name: string;
  variant?: string;
  /** Versions such as `1.1.0`, references such as `digits@1.1.0+int8`, or addresses. */
  from?: readonly string[];
}

/**
 * The versions that patches are made from, checked: a patch of damaged bytes would be of no use.
 *
 * @throws KedgeError `model_unknown` when there is no such version, `manifest_invalid` when it is of another model,
 *   `artifact_corrupt` when its blobs are damaged
 */
export async function findBases({registry, name, variant, from = []}: BaseOptions): Promise<PackedVersion[]> {
  const bases = new Map<string, PackedVersion>();
  for (const reference of from) {
    const base = await findVersion(registry, referenceTo(name, variant, reference));
    if (base.manifest.model !== name)
      throw new KedgeError(
        'manifest_invalid',
        `--from ${reference}: expected a version of ${name}, got ${base.manifest.model}@${base.manifest.version}`,
      );
    await checkBlobs(registry, base.manifest);
    bases.set(base.address, base);
  }
  return [...bases.values()];
}

/** A bare version is one of the same model and variant. */
function referenceTo(name: string, variant: string | undefined, reference: string): string {
  if (/^[0-9a-f]{64}$/.test(reference) || reference.includes('@')) return reference;
  return `${name}@${reference}${variant === undefined || reference.includes('+') ? '' : `+${variant}`}`;
}

/** Patches from older versions to this one, as far as they pay, and what updates cost with them. */
export async function makeUpdates(
  {registry, onProgress}: {registry: string; onProgress?: OnProgress},
  bases: readonly PackedVersion[],
  artifacts: readonly Artifact[],
  tensors: readonly TensorPlace[],
): Promise<{patches: Patch[]; updates: Update[]}> {
  const [patches, updates]: [Patch[], Update[]] = [[], []];
  for (const base of bases) {
    const made = await patchesFrom(registry, base.manifest, artifacts, tensors, done =>
      onProgress?.({phase: `patches from ${base.manifest.version}`, done, total: artifacts.length}),
    );
    const isNew = ({artifact, base: from}: Patch) =>
      !patches.some(one => one.artifact === artifact && one.base === from);
    patches.push(...made.filter(isNew));
    updates.push(costOf(base, artifacts, made));
  }
  return {patches, updates};
}

async function patchesFrom(
  registry: string,
  base: Manifest,
  artifacts: readonly Artifact[],
  tensors: readonly TensorPlace[],
  onDone: (artifacts: number) => void,
): Promise<Patch[]> {
  const known = chunksOf(base);
  const sides = await sidesOf(registry, base);
  const patches: Patch[] = [];
  for (const [i, artifact] of artifacts.entries()) {
    const target = {artifact, tensors: tensors.filter(place => place.artifact === artifact.path)};
    const from = nearest(sides, target, base.entry);
    const patch = from && (await storePatch(registry, from, target, worthwhileShare * missingOf(artifact, known)));
    if (patch) patches.push(patch);
    onDone(i + 1);
  }
  return patches;
}

async function sidesOf(registry: string, base: Manifest): Promise<PatchSide[]> {
  const paths = new Map(base.artifacts.map(({path, sha256}) => [path, blobPath(registry, sha256)]));
  const places = await tensorPlaces(base, paths);
  return base.artifacts.map(artifact => ({
    artifact,
    tensors: places.filter(place => place.artifact === artifact.path),
  }));
}

/** The older file that has most of the same tensors; without any the one of the same path. */
function nearest(sides: readonly PatchSide[], {artifact, tensors}: PatchSide, entry: string): PatchSide | undefined {
  const keys = new Set(tensors.map(({key}) => key));
  const shared = (side: PatchSide) =>
    side.tensors.reduce(
      (sum, {key, bytes}) => sum + (keys.has(key) ? bytes : 0),
      side.artifact.path === artifact.path ? 1 : 0,
    );
  const ranked = sides.map(side => ({side, bytes: shared(side)})).sort((a, b) => b.bytes - a.bytes);
  if (ranked[0] && ranked[0].bytes > 0) return ranked[0].side;
  return tensors.length > 0 ? sides.find(side => side.artifact.path === entry) : undefined;
}

const chunksOf = ({artifacts}: Manifest) => new Set(artifacts.flatMap(({chunks}) => chunks.map(({sha256}) => sha256)));

/** Each chunk once: a device fetches it once. */
function missingOf({chunks}: Artifact, known: ReadonlySet<string>): number {
  const missing = new Map(chunks.filter(({sha256}) => !known.has(sha256)).map(({sha256, bytes}) => [sha256, bytes]));
  return [...missing.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function costOf({address, manifest}: PackedVersion, artifacts: readonly Artifact[], patches: readonly Patch[]): Update {
  const known = chunksOf(manifest);
  const patchBytes = new Map(patches.map(({artifact, bytes}) => [artifact, bytes]));
  const costs = artifacts.map(artifact => ({
    ...{artifact: artifact.path, missingBytes: missingOf(artifact, known), bytes: patchBytes.get(artifact.path)},
  }));
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  return {
    ...{from: manifest.version, address},
    bytes: sum(artifacts.map(({bytes}) => bytes)),
    missingBytes: sum(costs.map(({missingBytes}) => missingBytes)),
    fetchedBytes: sum(costs.map(({bytes, missingBytes}) => bytes ?? missingBytes)),
    patches: costs.flatMap(({bytes, ...cost}) => (bytes === undefined ? [] : [{...cost, bytes}])),
  };
}
