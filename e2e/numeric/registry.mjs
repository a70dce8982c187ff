import {createHash, webcrypto} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {canonicalJson, releasePayloadType, signEnvelope, utf8} from '@kedge/core';
import {toleranceOf} from './tolerance.mjs';
import {binaryFile, readBinary} from './trimmed.mjs';

/**
 * @typedef {import('./case.mjs').Case} Case
 * @typedef {import('./case.mjs').Tensor} Tensor
 * @typedef {import('@kedge/core').Manifest} Manifest
 */

/** `checked` has the reference as golden example; `unchecked` has none, so that what is refused can be measured; `trimmed` is as `checked`, and says which functions of the runtime each version calls. */
const versions = {checked: '1.0.0', unchecked: '1.0.1', trimmed: '1.0.2'};

/** @typedef {keyof typeof versions} Channel */
/** @typedef {{one: Case, expected: Record<string, Tensor>, functions?: string | undefined}} Entry `functions` of the binary that it calls, where it is to be in `trimmed` */

/** @param {Uint8Array} bytes */
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/**
 * Publishes every case as a model of its own, as `kedge pack` and `kedge release` would; hundreds of models at once take
 * them minutes, since each is measured and the release signed anew.
 *
 * @param {string} folder of the registry
 * @param {readonly Entry[]} all
 * @param {{now: Date}} options
 * @returns {Promise<import('@kedge/core').Jwk>} the public key
 */
export async function publish(folder, all, {now}) {
  for (const part of ['blobs', 'manifests', 'channels']) mkdirSync(join(folder, part), {recursive: true});
  const pair = await webcrypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify']);
  const [privateKey, publicKey] = /** @type {import('@kedge/core').Jwk[]} */ (
    await Promise.all([pair.privateKey, pair.publicKey].map(key => webcrypto.subtle.exportKey('jwk', key)))
  );
  for (const channel of /** @type {Channel[]} */ (Object.keys(versions))) {
    const its = all.filter(({functions}) => channel !== 'trimmed' || functions !== undefined);
    const models = Object.fromEntries(its.map(entry => [entry.one.name, released(folder, entry, channel)]));
    const release = {
      ...{schema: 'kedge.release/1', channel, version: 1, issued: now.toISOString(), models, experiments: []},
      expires: new Date(now.getTime() + 86_400_000).toISOString(),
    };
    const payload = utf8(canonicalJson(release));
    const envelope = await signEnvelope(/** @type {never} */ (webcrypto.subtle), releasePayloadType, payload, [
      /** @type {never} */ (privateKey),
    ]);
    writeFileSync(join(folder, 'channels', `${channel}.json`), JSON.stringify(envelope));
  }
  return /** @type {import('@kedge/core').Jwk} */ (publicKey);
}

/** @param {string} folder @param {Entry} entry @param {Channel} channel */
function released(folder, {one, expected, functions}, channel) {
  const version = versions[channel];
  const golden = goldenOf(one, expected);
  const isChecked = channel !== 'unchecked';
  const files = [...filesOf(one), ...(isChecked ? [{path: 'golden.bin', bytes: golden.bytes}] : [])];
  const manifest = {
    ...{schema: 'kedge.manifest/1', model: one.name, version, task: 'other'},
    ...{format: one.tfjs?.format ?? 'onnx', entry: files[0]?.path},
    artifacts: files.map(file => artifact(folder, file)),
    ...{inputs: specs(one.inputs), outputs: specs(expected), golden: isChecked ? [golden.entry] : []},
    runtime: runtimeOf(folder, one, channel === 'trimmed' ? functions : undefined),
  };
  const text = utf8(canonicalJson(manifest));
  const address = sha256(text);
  writeFileSync(join(folder, 'manifests', `${address}.json`), text);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return {champion: version, revoked: [], enabled: true, versions: {[version]: {manifest: address, bytes}}};
}

/** @param {string} folder @param {Case} one @param {string | undefined} functions of the pinned binary; without them the app's own serves */
function runtimeOf(folder, {tfjs}, functions) {
  if (tfjs) return {package: '@tensorflow/tfjs-core', version: '4.22.0'};
  const runtime = {package: 'onnxruntime-web', version: '1.30.0'};
  return functions === undefined
    ? runtime
    : {...runtime, files: [pinned(folder)], functions: {[binaryFile]: functions}};
}

/** @type {Map<string, ReturnType<typeof artifact>>} */
const pins = new Map();

/** Fourteen megabytes, hashed once. @param {string} folder */
function pinned(folder) {
  const pin = pins.get(folder) ?? artifact(folder, {path: binaryFile, bytes: readBinary()});
  pins.set(folder, pin);
  return pin;
}

/** The entry first. @param {Case} one @returns {{path: string, bytes: Uint8Array}[]} */
function filesOf({model, tfjs}) {
  if (!tfjs) return [{path: 'model.onnx', bytes: model}];
  const {json, weights} = tfjs;
  return [
    {path: 'model.json', bytes: utf8(JSON.stringify(json))},
    ...(weights.length ? [{path: 'weights.bin', bytes: weights}] : []),
  ];
}

/** @param {string} folder @param {{path: string, bytes: Uint8Array}} file */
function artifact(folder, {path, bytes}) {
  const digest = sha256(bytes);
  writeFileSync(join(folder, 'blobs', digest), bytes);
  return {path, sha256: digest, bytes: bytes.length, chunks: chunks(bytes)};
}

/** @param {Uint8Array} bytes */
function chunks(bytes) {
  const most = 2 ** 20;
  return Array.from({length: Math.ceil(bytes.length / most)}, (_, i) => {
    const part = bytes.subarray(i * most, (i + 1) * most);
    return {sha256: sha256(part), bytes: part.length};
  });
}

/** @param {Record<string, Tensor>} tensors */
const specs = tensors => Object.entries(tensors).map(([name, {dtype, shape}]) => ({name, dtype, shape}));

/** @param {Case} one @param {Record<string, Tensor>} expected */
function goldenOf(one, expected) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let offset = 0;
  const slices = (/** @type {Record<string, Tensor>} */ tensors) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, {dtype, shape, data}]) => {
        parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        const slice = {artifact: 'golden.bin', offset, bytes: data.byteLength, dtype, shape};
        offset += data.byteLength;
        return [name, slice];
      }),
    );
  const entry = {inputs: slices(one.inputs), outputs: slices(expected), tolerance: toleranceOf(one)};
  return {entry, bytes: new Uint8Array(Buffer.concat(parts))};
}
