import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {inRoot} from '../../scripts/paths.mjs';

/** @typedef {import('./case.mjs').Case} Case */

export const binaryFile = 'ort-wasm-simd-threaded.wasm';
const dist = dirname(createRequire(import.meta.url).resolve(`onnxruntime-web/${binaryFile}`));

/** The binary that versions pin. */
export const readBinary = () => new Uint8Array(readFileSync(join(dist, binaryFile)));

/**
 * Which functions of the binary each case calls, as `kedge pack` lists them; half a second each.
 *
 * @param {readonly Case[]} wanted @returns {Promise<Map<string, string>>} by the case's name
 */
export async function functionsOf(wanted) {
  // The package has no door to it: packing a model does much more.
  const {calledFunctions} = await import(inRoot('packages', 'cli', 'dist', 'functions', 'called.js'));
  const folder = mkdtempSync(join(tmpdir(), 'kedge-numeric-functions-'));
  const model = join(folder, 'model.onnx');
  /** @type {Map<string, string>} */
  const found = new Map();
  try {
    for (const one of wanted) {
      writeFileSync(model, one.model);
      const order = {dist, file: binaryFile, version: versionOf(one), files: new Map([['model.onnx', model]])};
      found.set(one.name, await calledFunctions({...order, inputs: [one.inputs]}));
    }
  } finally {
    rmSync(folder, {recursive: true});
  }
  return found;
}

/** @param {Case} one */
const versionOf = ({name, outputs}) => ({
  ...{model: name, version: '1.0.0', format: 'onnx', entry: 'model.onnx', inputs: []},
  outputs: Object.entries(outputs).map(([name, dtype]) => ({name, dtype, shape: []})),
});
