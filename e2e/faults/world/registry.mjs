import {appendFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {addVersion, newKeys, packModel, readRelease} from '@kedge/cli';
import {layers, normals, randomTables, tableModel} from '../models/table-model.mjs';

/** @typedef {import('@kedge/core').Manifest} Manifest */

/**
 * @typedef {object} Version
 * @property {string} version
 * @property {string} digest the manifest's address
 * @property {Manifest} manifest
 * @property {number} bytes
 * @property {string} blob path of the model file's blob below the registry
 * @property {(x: number) => number[]} answer
 * @property {number} rows
 */

/**
 * @typedef {object} Registry
 * @property {string} folder
 * @property {import('@kedge/core').Jwk} publicKey
 * @property {import('@kedge/core').Jwk} privateKey
 * @property {import('@kedge/core').Release} release as the command line wrote it
 * @property {Record<string, Version>} versions by `model@version`
 */

/** Bytes of the models: for the rows where bytes matter; for the others; for those where one chunk is enough. */
const sizes = {big: 25e6, wide: 40e6, table: 3e6, tiny: 4000, zeros: 16e6, tune: 12e6, pair: 12e6};

const meta = {
  task: 'regression',
  golden: {count: 3, absolute: 1e-6, relative: 0},
  baseline: {y: new Array(layers).fill(0.5)},
};

/**
 * A version to pack: `model@version`, what it is, and the versions that patches are made from.
 *
 * @typedef {[string, () => import('../models/table-model.mjs').TableModel, string[]?]} Planned
 */

/**
 * What the rows need: `table` 1.0.0, 1.1.0 (only the last layer differs) and 2.0.0 (all differ), `tiny` 1.0.0 and 2.0.0, `big`
 * 1.0.0, `wide` 1.0.0, which is asked for in two parts, `zeros` 1.0.0, whose chunks are all the same, and `tune` 1.0.0 and 1.1.0, int8, the second fine-tuned from the first, and `left` and `right` 1.0.0, which have one of their two files of weights in common.
 *
 * @returns {Planned[]}
 */
export function faultModels() {
  const zeros = () => Array.from({length: layers}, () => new Float32Array(sizes.zeros / layers / 4));
  return [
    ['table@1.0.0', () => tableModel(randomTables(sizes.table, 1))],
    ['table@1.1.0', () => tableModel(withNewHead(randomTables(sizes.table, 1), 7))],
    ['table@2.0.0', () => tableModel(randomTables(sizes.table, 2))],
    ['tiny@1.0.0', () => tableModel(randomTables(sizes.tiny, 3))],
    ['tiny@2.0.0', () => tableModel(randomTables(sizes.tiny, 4))],
    ['tune@1.0.0', () => tableModel(randomTables(sizes.tune, 8), 'int8')],
    ['tune@1.1.0', () => tableModel(fineTuned(randomTables(sizes.tune, 8), 9), 'int8'), ['1.0.0']],
    ['big@1.0.0', () => tableModel(randomTables(sizes.big, 5))],
    ['wide@1.0.0', () => tableModel(randomTables(sizes.wide, 6))],
    ['zeros@1.0.0', () => tableModel(zeros())],
    ['left@1.0.0', () => tableModel(randomTables(sizes.pair, 10), 'float32', 2)],
    ['right@1.0.0', () => tableModel(withNewHalf(randomTables(sizes.pair, 10), 11), 'float32', 2)],
  ];
}

/** Every weight moves a little: what a short training leaves. @param {readonly Float32Array[]} tables @param {number} seed @param {number} [share] of a weight's usual size */
export function fineTuned(tables, seed, share = 1e-3) {
  return tables.map((table, i) => {
    const moves = normals(table.length, seed * 100 + i);
    for (let at = 0; at < table.length; at++) moves[at] = Number(table[at]) + share * Number(moves[at]);
    return moves;
  });
}

/** @param {readonly Float32Array[]} tables @param {number} seed */
const withNewHalf = (tables, seed) =>
  tables.map((table, i) => (i < tables.length / 2 ? table : normals(table.length, seed * 100 + i)));

/** Only the last layer differs. @param {readonly Float32Array[]} tables @param {number} seed */
export const withNewHead = (tables, seed) => [...tables.slice(0, -1), normals(Number(tables[0]?.length), seed)];

/**
 * A registry made by the command line itself; the first version of each model is its champion.
 *
 * @param {string} folder
 * @param {readonly Planned[]} [plan]
 * @returns {Promise<Registry>}
 */
export async function makeRegistry(folder, plan = faultModels()) {
  const keys = await newKeys(join(folder, 'keys'));
  const privateKey = JSON.parse(readFileSync(keys.privateFile, 'utf8'));
  const registry = join(folder, 'registry');
  const edit = {registry, channel: 'prod', privateKeys: [privateKey]};
  /** @type {Record<string, Version>} */
  const versions = {};
  for (const [reference, model, from = []] of plan) {
    const first = !Object.keys(versions).some(other => other.split('@')[0] === reference.split('@')[0]);
    versions[reference] = await pack(folder, registry, reference, model(), from);
    await addVersion(reference, first, edit);
  }
  const release = await readRelease(registry, 'prod', [keys.publicKey]);
  if (!release) throw new Error('the command line wrote no release');
  return {folder: registry, publicKey: keys.publicKey, privateKey, release, versions};
}

/**
 * @param {string} folder
 * @param {string} registry
 * @param {string} reference
 * @param {import('../models/table-model.mjs').TableModel} model
 * @param {string[]} from
 * @returns {Promise<Version>}
 */
async function pack(folder, registry, reference, model, from) {
  const [name = '', version = ''] = reference.split('@');
  const work = join(folder, 'work', reference);
  mkdirSync(work, {recursive: true});
  writeFileSync(join(work, 'model.onnx'), model.bytes);
  for (const [file, parts] of model.files) for (const part of parts) appendFileSync(join(work, file), part);
  writeFileSync(join(work, 'meta.json'), JSON.stringify(meta));
  writeFileSync(join(work, 'validation.ndjson'), validation(model));
  const packed = await packModel({
    registry,
    name,
    version,
    model: join(work, 'model.onnx'),
    meta: join(work, 'meta.json'),
    validation: {ndjson: join(work, 'validation.ndjson')},
    // 30 MB of binaries beside a model of 3: what the rows count is the model.
    runtimeFiles: false,
    ...(from.length > 0 && {from}),
  });
  const entry = packed.manifest.artifacts.find(({path}) => path === packed.manifest.entry);
  const {address: digest, manifest, bytes} = packed;
  return {version, digest, manifest, bytes, blob: `/blobs/${entry?.sha256}`, answer: model.answer, rows: model.rows};
}

/** @param {import('../models/table-model.mjs').TableModel} model */
function validation({rows, answer}) {
  const asked = [0, 1, rows >> 2, rows >> 1, rows - 1];
  return asked.map(x => JSON.stringify({inputs: {x: [x]}, label: answer(x)[0]})).join('\n');
}
