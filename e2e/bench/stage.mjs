import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'vite';
import {addVersion, newKeys, packModel, serve} from '@kedge/cli';
import {digitsFiles, digitsFolder} from '../../demo/models/idx.mjs';
import {inRoot} from '../../scripts/paths.mjs';
import {randomTables, tableModel} from '../faults/models/table-model.mjs';

const ocr = inRoot('node_modules', '@gutenye', 'ocr-models', 'assets');

/** Of so many bytes, generated. @param {number} bytes */
const table = bytes => ({bytes, input: 'x', shape: [1, 1]});

/**
 * What the benches run: a file and what is said of it, or how large a one to generate, and the tensor they put in.
 *
 * @type {Record<'digits' | 'digits-tfjs' | 'direction' | 'recognition' | 'table1' | 'table25' | 'table200', {file?: string, meta?: string, bytes?: number, input: string, shape: number[]}>}
 */
export const models = {
  digits: {
    file: inRoot('demo', 'models', 'digits', '1.1.0', 'model.onnx'),
    meta: inRoot('demo', 'models', 'digits', '1.1.0', 'model.json'),
    ...{input: 'image', shape: [1, 1, 28, 28]},
  },
  'digits-tfjs': {
    file: inRoot('demo', 'models', 'digits', '1.2.0', 'tfjs', 'model.json'),
    meta: inRoot('demo', 'models', 'digits', '1.2.0', 'model.json'),
    ...{input: 'image', shape: [1, 28, 28, 1]},
  },
  direction: {file: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, input: 'x', shape: [1, 3, 48, 192]},
  recognition: {file: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`, input: 'x', shape: [1, 3, 48, 320]},
  table1: table(1e6),
  table25: table(25e6),
  table200: table(200e6),
};

/** A registry of these models and the benches' pages, as `kedge serve` serves them. @param {readonly (keyof typeof models)[]} names @param {{pages?: readonly string[], golden?: readonly (keyof typeof models)[]}} [options] `golden`: which of them have golden examples, the digits from their validation data */
export async function stage(names, {pages, golden = []} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-bench-'));
  const [registry, site] = [join(folder, 'registry'), join(folder, 'site')];
  const keys = await newKeys(join(folder, 'keys'));
  const privateKey = JSON.parse(readFileSync(keys.privateFile, 'utf8'));
  for (const name of names) {
    const {meta = metaOf(name, folder, golden.includes(name))} = models[name];
    const data = golden.includes(name) ? {validation: validation(name, folder), limit: 100} : {};
    await packModel({model: fileOf(name, folder), name, version: '1.0.0', meta, registry, ...data});
    await addVersion(`${name}@1.0.0`, true, {registry, channel: 'prod', privateKeys: [privateKey]});
  }
  await buildPages(site, pages);
  const server = await serve({registry, data: join(folder, 'data'), site, port: 0});
  const config = {registry: `${server.url}/registry`, channel: 'prod', trustedKeys: [keys.publicKey]};
  const close = async () => {
    await server.close();
    rmSync(folder, {recursive: true, force: true});
  };
  return {url: server.url, config, blob: blobOf(registry, server.url), close};
}

/** The golden tolerance is that of the demo's text models. @param {keyof typeof models} name @param {string} folder @param {boolean} golden */
function metaOf(name, folder, golden) {
  const {input, shape} = models[name];
  const [, ...rest] = shape;
  const inputs = {[input]: {shape: ['batch', ...rest]}};
  const meta = join(folder, `${name}.json`);
  const tested = {inputs, golden: {count: 1, absolute: 0.01, relative: 0.01}};
  writeFileSync(meta, JSON.stringify({task: 'other', ...(golden && tested)}));
  return meta;
}

/** @param {keyof typeof models} name @param {string} folder */
function validation(name, folder) {
  if (name !== 'digits') return pattern(name, folder);
  const [examples, labels] = digitsFiles.test;
  return {examples: join(digitsFolder, examples), labels: join(digitsFolder, labels)};
}

/** One example that means nothing, for models whose data is not here. @param {keyof typeof models} name @param {string} folder */
function pattern(name, folder) {
  const {input, shape} = models[name];
  const values = Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => (i % 17) / 17);
  const ndjson = join(folder, `${name}.ndjson`);
  writeFileSync(ndjson, JSON.stringify({inputs: {[input]: values}, label: 0}));
  return {ndjson};
}

/** @param {keyof typeof models} name @param {string} folder */
function fileOf(name, folder) {
  const {file, bytes = 0} = models[name];
  if (file) return file;
  const generated = join(folder, `${name}.onnx`);
  writeFileSync(generated, tableModel(randomTables(bytes, 50)).bytes);
  return generated;
}

/** @param {string} registry @param {string} url */
function blobOf(registry, url) {
  const release = JSON.parse(readFileSync(join(registry, 'channels', 'prod.json'), 'utf8'));
  const {models: released} = JSON.parse(Buffer.from(release.payload, 'base64').toString());
  return (/** @type {string} */ name, /** @type {string} */ file = '') => {
    const address = released[name].versions['1.0.0'].manifest;
    const {artifacts, entry} = JSON.parse(readFileSync(join(registry, 'manifests', `${address}.json`), 'utf8'));
    const {sha256} = artifacts.find((/** @type {{path: string}} */ artifact) => artifact.path === (file || entry));
    return `${url}/registry/blobs/${sha256}`;
  };
}

/** @param {string} outDir @param {readonly string[]} [pages] */
export async function buildPages(outDir, pages = ['predict', 'start-ours', 'start-default', 'start-tuned']) {
  const root = inRoot('e2e', 'bench', 'pages');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    worker: {format: 'es'},
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      rolldownOptions: {input: pages.map(page => join(root, `${page}.html`))},
    },
  });
}
