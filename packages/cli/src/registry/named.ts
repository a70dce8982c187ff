import type {Chunk, Manifest, Release} from '@kedge/core';

/** A blob that a version needs: one of its files, a patch, or one of the runtime's own files. */
export interface NamedBlob {
  /** For messages: `model.onnx of digits@1.0.0`. */
  what: string;
  sha256: string;
  bytes: number;
  chunks: readonly Chunk[];
}

export interface NamedManifest {
  /** `digits@1.0.0`, or `digits@1.0.0 (int8)` for a variant. */
  what: string;
  model: string;
  version: string;
  address: string;
  /** Such as `int8`; absent on the full form. */
  variant?: string;
  revoked: boolean;
}

/** Every manifest that a release names: each version and its variants, revoked ones too. */
export function manifestsOf(release: Release): NamedManifest[] {
  return Object.entries(release.models).flatMap(([model, {versions, revoked: list}]) =>
    Object.entries(versions).flatMap(([version, {manifest: address, variants = []}]) => {
      const revoked = list.includes(version);
      const what = `${model}@${version}`;
      return [
        {what, model, version, address, revoked},
        ...variants.map(({variant, manifest}) => ({
          ...{what: `${what} (${variant})`, model, version, address: manifest, variant, revoked},
        })),
      ];
    }),
  );
}

/** A file of a registry, by its path inside it: `blobs/<sha256>`. */
export interface NamedFile {
  what: string;
  path: string;
}

export const manifestFile = (address: string) => `manifests/${address}.json`;
export const blobFile = ({sha256}: {sha256: string}) => `blobs/${sha256}`;

/** A version's manifest and all its blobs. */
export function filesOf(address: string, manifest: Manifest): NamedFile[] {
  const {model, version} = manifest;
  const blobs = blobsOf(manifest).map(blob => ({what: blob.what, path: blobFile(blob)}));
  return [{what: `the manifest of ${model}@${version}`, path: manifestFile(address)}, ...blobs];
}

/** Every blob that a manifest names, each once: artifacts, patches, runtime files. */
export function blobsOf({model, version, artifacts, patches = [], runtime}: Manifest): NamedBlob[] {
  const of = `of ${model}@${version}`;
  const all = [
    ...artifacts.map(artifact => ({...artifact, what: `${artifact.path} ${of}`})),
    ...patches.map(patch => ({...patch, what: `patch to ${patch.artifact} ${of}`})),
    ...(runtime.files ?? []).map(file => ({...file, what: `runtime file ${file.path} ${of}`})),
  ];
  const once = new Map(all.map(({what, sha256, bytes, chunks}) => [sha256, {what, sha256, bytes, chunks}]));
  return [...once.values()];
}
