import {createHash} from 'node:crypto';
import {type Artifact, canonicalJson, type Jwk, Manifest, parse} from '@kedge/core';
import {newKeys} from '../src/keys/new-keys.js';
import {readKey} from '../src/keys/read-key.js';
import {manifestPath} from '../src/registry/paths.js';
import {storeArtifact, writeAtomic} from '../src/registry/write.js';
import {addVersion, type EditOptions} from '../src/release/edit.js';
import {folder, pseudoRandom} from './fixtures.js';

export const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export interface KeyPair {
  privateKey: Jwk;
  publicKey: Jwk;
  privateFile: string;
  publicFile: string;
}

export async function keyPair(place = folder): Promise<KeyPair> {
  const {privateFile, publicFile} = await newKeys(place());
  const [privateKey, publicKey] = await Promise.all([readKey(privateFile, 'private'), readKey(publicFile, 'public')]);
  return {privateKey, publicKey, privateFile, publicFile};
}

/** A version as `kedge pack` leaves it, of bytes that no runtime needs to load. */
export async function packBytes(
  registry: string,
  version: string,
  bytes: Uint8Array,
  more: {patches?: Manifest['patches']; files?: Artifact[]; variant?: string} = {},
): Promise<{address: string; artifact: Artifact; manifest: Manifest}> {
  const artifact = await storeArtifact(registry, bytes, 'model.onnx');
  const spec = (name: string) => ({name, dtype: 'float32', shape: [1]});
  const manifest = parse(
    Manifest,
    {
      ...{schema: 'kedge.manifest/1', model: 'digits', version, task: 'other', format: 'onnx', entry: 'model.onnx'},
      ...{artifacts: [artifact], inputs: [spec('x')], outputs: [spec('y')], golden: []},
      ...(more.patches && {patches: more.patches}),
      ...(more.variant !== undefined && {variant: more.variant}),
      runtime: {package: 'onnxruntime-web', version: '1.30.0', ...(more.files && {files: more.files})},
    },
    'manifest_invalid',
    'test',
  );
  const text = canonicalJson(manifest);
  const address = sha256Of(text);
  await writeAtomic(manifestPath(registry, address), text);
  return {address, artifact, manifest};
}

export interface TestRegistry {
  registry: string;
  keys: KeyPair;
  options: EditOptions;
  /** Addresses and blobs of 1.0.0 and of 1.1.0, the champion. */
  first: {address: string; artifact: Artifact; manifest: Manifest};
  second: {address: string; artifact: Artifact; manifest: Manifest};
}

/** digits@1.0.0, then 1.1.0 as champion with a runtime file and a patch, on a signed channel `prod`. @param place where it lies, and for how long */
export async function testRegistry(bytes = 3_000_000, place = folder): Promise<TestRegistry> {
  const registry = place();
  const keys = await keyPair(place);
  const options: EditOptions = {registry, channel: 'prod', privateKeys: [keys.privateKey]};
  const first = await packBytes(registry, '1.0.0', pseudoRandom(bytes, 1));
  const runtime = await storeArtifact(registry, pseudoRandom(200_000, 2), 'ort-wasm-simd-threaded.wasm');
  const patch = await storeArtifact(registry, pseudoRandom(50_000, 3), 'patch');
  const {path: _, ...blob} = patch;
  const second = await packBytes(registry, '1.1.0', pseudoRandom(bytes, 4), {
    files: [runtime],
    patches: [{artifact: 'model.onnx', base: first.artifact.sha256, ...blob}],
  });
  await addVersion('digits@1.0.0', true, options);
  await addVersion('digits@1.1.0', true, options);
  return {registry, keys, options, first, second};
}
