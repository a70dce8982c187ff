import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {addVersion, editRelease, newKeys, readRelease} from '@kedge/cli';
import {published} from '../demo/models/published.mjs';
import {copyPacked, modelName} from './packed.mjs';
import {inRoot} from './paths.mjs';

const dayMs = 24 * 3600 * 1000;

/**
 * @typedef {object} RegistryOptions
 * @property {string} registry folder of the registry
 * @property {string} keys folder of the key pair; made when it is not there
 * @property {string} [channel]
 * @property {Date} [now]
 * @property {(line: string) => void} [tell] what is going on, for people
 */

/**
 * Fills an empty registry with the demo's models, packed, and releases them: 1.0.0 is the champion; 1.1.0, and 1.2.0 on TensorFlow.js,
 * are the challengers in the experiment of `demo/models/experiment.json`. The published models of the other demos are released
 * as they are.
 *
 * @param {RegistryOptions} options
 * @returns {Promise<{publicKey: import('@kedge/core').Jwk, privateKey: import('@kedge/core').Jwk, release: import('@kedge/core').Release}>}
 */
export async function prepareRegistry({registry, keys, channel = 'prod', now = new Date(), tell = () => {}}) {
  const {publicKey, privateKey} = await ensureKeys(keys);
  await copyPacked(registry, tell);
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
