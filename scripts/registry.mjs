import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {addVersion, editRelease, newKeys, packModel, readRelease, verifyVersion} from '@kedge/cli';
import {digitsFiles, digitsFolder} from '../demo/models/idx.mjs';
import {published, withFiles} from '../demo/models/published.mjs';
import {inRoot} from './paths.mjs';

export const modelName = 'digits';
const models = inRoot('demo', 'models', modelName);
const dayMs = 24 * 3600 * 1000;

/**
 * The demo's versions: where the model lies, and how much of the test set measures it. TensorFlow.js takes milliseconds for
 * each digit in Node; 500 of them tell its accuracy within three points.
 *
 * `minAccuracy` is the floor below which a version is not released; a challenger must not be worse than the champion.
 *
 * @type {Record<string, {model: string, limit?: number, minAccuracy: number, champion?: string}>}
 */
export const versions = {
  '1.0.0': {model: 'model.onnx', minAccuracy: 0.9},
  '1.1.0': {model: 'model.onnx', minAccuracy: 0.98, champion: '1.0.0'},
  '1.2.0': {model: 'tfjs/model.json', limit: 500, minAccuracy: 0.98},
};

/**
 * @typedef {object} RegistryOptions
 * @property {string} registry folder of the registry
 * @property {string} keys folder of the key pair; made when it is not there
 * @property {string} [channel]
 * @property {Date} [now]
 * @property {(line: string) => void} [tell] what is going on, for people
 */

/**
 * Packs the demo's models into an empty registry and releases them: 1.0.0 is the champion; 1.1.0, and 1.2.0 on TensorFlow.js,
 * are the challengers in the experiment of `demo/models/experiment.json`. The published models of the other demos are released
 * as they are.
 *
 * @param {RegistryOptions} options
 * @returns {Promise<{publicKey: import('@kedge/core').Jwk, privateKey: import('@kedge/core').Jwk, release: import('@kedge/core').Release}>}
 */
export async function prepareRegistry({registry, keys, channel = 'prod', now = new Date(), tell = () => {}}) {
  const {publicKey, privateKey} = await ensureKeys(keys);
  for (const version of Object.keys(versions)) {
    const {manifest, bytes} = await pack(registry, version);
    await verify(registry, version);
    const accuracy = manifest.expected?.accuracy;
    tell(
      `${modelName} ${version}: ${(bytes / 1000).toFixed(0)} kB, ${accuracy === undefined ? 'not measured' : `${(accuracy * 100).toFixed(2)} % of ${versions[version]?.limit ?? '10 000'} right`}`,
    );
  }
  for (const model of published) tell(await packPublished(registry, model));
  const edit = {registry, channel, privateKeys: [privateKey], now};
  for (const {name, version} of published) await addVersion(`${name}@${version}`, true, edit);
  await addVersion(`${modelName}@1.0.0`, true, edit);
  await addVersion(`${modelName}@1.1.0`, false, edit);
  await addVersion(`${modelName}@1.2.0`, false, edit);
  const experiment = JSON.parse(readFileSync(inRoot('demo', 'models', 'experiment.json'), 'utf8'));
  const {release} = await editRelease({kind: 'start', experiment}, edit);
  return {publicKey, privateKey, release};
}

/**
 * The same when there may be a registry already. Its release never goes back to a lower version: devices would refuse it.
 *
 * @param {RegistryOptions} options
 */
export async function renewRegistry(options) {
  const {registry, keys, channel = 'prod', now = new Date()} = options;
  const {privateKey} = await ensureKeys(keys);
  const before = await readRelease(registry, channel, []);
  rmSync(registry, {recursive: true, force: true});
  let {release} = await prepareRegistry(options);
  while (before && release.version <= before.version)
    ({release} = await editRelease({kind: 'sign'}, {registry, channel, privateKeys: [privateKey], now}));
  return release;
}

/**
 * Signs the release anew when it has expired or will within a day.
 *
 * @param {RegistryOptions} options
 * @returns {Promise<import('@kedge/core').Release>} the release in force
 */
export async function keepFresh({registry, keys, channel = 'prod', now = new Date()}) {
  const {publicKey, privateKey} = await ensureKeys(keys);
  const release = await readRelease(registry, channel, [publicKey]);
  if (!release) throw new Error(`registry ${registry} has no channel ${channel}; remove the folder and start again`);
  if (Date.parse(release.expires) - now.getTime() > dayMs) return release;
  return (await editRelease({kind: 'sign'}, {registry, channel, privateKeys: [privateKey], now})).release;
}

/** @param {string} folder */
export async function ensureKeys(folder) {
  if (!existsSync(join(folder, 'private.json'))) await newKeys(folder);
  /** @param {string} name @returns {import('@kedge/core').Jwk} */
  const read = name => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {publicKey: read('public.json'), privateKey: read('private.json')};
}

const validation = () => {
  const [examples, labels] = digitsFiles.test;
  return {examples: join(digitsFolder, examples), labels: join(digitsFolder, labels)};
};

/** @param {string} registry @param {string} version */
function pack(registry, version) {
  const {model = 'model.onnx', limit} = versions[version] ?? {};
  return packModel({
    registry,
    name: modelName,
    version,
    model: join(models, version, model),
    meta: join(models, version, 'model.json'),
    validation: validation(),
    ...(limit && {limit}),
  });
}

/** What was packed is read back and run as a device would run it. @param {string} registry @param {string} version */
async function verify(registry, version) {
  const {limit, minAccuracy = 0, champion} = versions[version] ?? {};
  const reference = `${modelName}@${version}`;
  const against = champion && {champion: `${modelName}@${champion}`, margin: 0};
  const options = {reference, registry, validation: validation(), minAccuracy, ...(limit && {limit}), ...against};
  const {failures} = await verifyVersion(options);
  if (failures.length > 0) throw new Error(`${reference} is not released: ${failures.join('; ')}`);
}

/**
 * A model that others made: how right it is was not measured here, only that its numbers are the same everywhere.
 *
 * @param {string} registry
 * @param {import('../demo/models/published.mjs').Published} model
 */
async function packPublished(registry, model) {
  const {name, version} = model;
  const {bytes} = await withFiles(model, files => packModel({registry, name, version, ...files}));
  const {failures} = await verifyVersion({reference: `${name}@${version}`, registry});
  if (failures.length > 0) throw new Error(`${name}@${version} is not released: ${failures.join('; ')}`);
  return `${name} ${version}: ${(bytes / 1e6).toFixed(1)} MB`;
}
