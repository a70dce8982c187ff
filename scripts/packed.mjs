import {cpSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {packModel, verifyVersion} from '@kedge/cli';
import {digitsFiles, digitsFolder} from '../demo/models/idx.mjs';
import {published, withFiles} from '../demo/models/published.mjs';
import {inRoot} from './paths.mjs';
import {whenChanged} from './stamp.mjs';

export const modelName = 'digits';
const models = inRoot('demo', 'models', modelName);

/**
 * The demo's versions: where the model lies, and how much of the test set measures it. TensorFlow.js takes milliseconds for
 * each digit in Node; 500 of them tell its accuracy within three points.
 *
 * `minAccuracy` is the floor below which a version is not released; a challenger must not be worse than the champion.
 *
 * @type {Record<string, {model: string, limit?: number, minAccuracy: number, champion?: string}>}
 */
const versions = {
  '1.0.0': {model: 'model.onnx', minAccuracy: 0.9},
  '1.1.0': {model: 'model.onnx', minAccuracy: 0.98, champion: '1.0.0'},
  '1.2.0': {model: 'tfjs/model.json', limit: 500, minAccuracy: 0.98},
};

/** What the packed models follow from. */
const inputs = [
  ...['packages/cli', 'packages/client', 'packages/core', 'package-lock.json'],
  ...['demo/models', 'demo/src/voice/sample.wav', 'scripts/packed.mjs'],
];
const state = inRoot('.kedge');
const packed = join(state, 'packed');

/**
 * Copies the demo's models, packed and verified, into a registry; they are packed when something changed from which they
 * follow. That takes a quarter of a minute, and the tests, their journeys and `npm start` each need one.
 *
 * @param {string} registry folder
 * @param {(line: string) => void} tell each model that is packed, for people
 */
export async function copyPacked(registry, tell) {
  await whenChanged('packed', {inputs, outputs: ['.kedge/packed']}, async () => {
    mkdirSync(state, {recursive: true});
    // Whole or not at all: another process may copy it at this moment.
    const folder = mkdtempSync(join(state, 'packing-'));
    try {
      await packAll(folder, tell);
      rmSync(packed, {recursive: true, force: true});
      renameSync(folder, packed);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  });
  cpSync(packed, registry, {recursive: true});
}

/** @param {string} registry @param {(line: string) => void} tell */
async function packAll(registry, tell) {
  for (const version of Object.keys(versions)) {
    const {manifest, bytes} = await pack(registry, version);
    await verify(registry, version);
    const accuracy = manifest.expected?.accuracy;
    tell(
      `${modelName} ${version}: ${(bytes / 1000).toFixed(0)} kB, ${accuracy === undefined ? 'not measured' : `${(accuracy * 100).toFixed(2)} % of ${versions[version]?.limit ?? '10 000'} right`}`,
    );
  }
  for (const model of published) tell(await packPublished(registry, model));
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
