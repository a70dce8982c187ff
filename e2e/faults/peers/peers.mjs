import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, copyFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {inRoot} from '../../../scripts/paths.mjs';
import {randomTables, tableModel} from '../models/table-model.mjs';
import {tfjsModel} from './tfjs-model.mjs';

/** @param {string} name of an npm package */
const versionOf = name => JSON.parse(readFileSync(inRoot('node_modules', name, 'package.json'), 'utf8')).version;

/**
 * Who is put under the same faults.
 *
 * @typedef {object} Peer
 * @property {string} name as in the table
 * @property {string} page
 * @property {string} file the end of the model file's address, for faults
 */

/** @returns {Peer[]} */
export function peers() {
  return [
    {name: 'Kedge', page: 'kedge', file: 'set by the world'},
    {name: `transformers.js ${versionOf('@huggingface/transformers')}`, page: 'transformers', file: '/onnx/model.onnx'},
    {name: `tfjs ${versionOf('@tensorflow/tfjs')} \`indexeddb://\``, page: 'tfjs', file: '/weights.bin'},
    {name: 'Cache API by hand', page: 'cache-api', file: '/plain/model.onnx'},
  ];
}

/** The files that peers load, beside the site; the runtime that transformers.js would take from a CDN. @param {string} site */
export function addRuntime(site) {
  const folder = join(site, 'ort');
  mkdirSync(folder, {recursive: true});
  for (const end of ['mjs', 'wasm']) {
    const file = `ort-wasm-simd-threaded.asyncify.${end}`;
    const from = inRoot('node_modules', 'onnxruntime-web', 'dist', file);
    if (!existsSync(from)) throw new Error(`onnxruntime-web has no ${file}`);
    copyFileSync(from, join(folder, file));
  }
}

/** `sha256` is of all answers, row by row. @typedef {{onnx: Buffer, topology: string, weights: Buffer, rows: number, sha256: string}} PeerModel */

/** @param {number} bytes about @param {number} seed @returns {PeerModel} */
export function peerModel(bytes, seed) {
  const tables = randomTables(bytes, seed);
  const {bytes: onnx, rows} = tableModel(tables);
  const {topology, weights} = tfjsModel(tables);
  return {onnx, topology, weights, rows, sha256: createHash('sha256').update(weights).digest('hex')};
}

/** The models that Kedge's registry has as `table` 1.0.0 and 2.0.0: size and seed as there. @param {1 | 2} seed */
export const peerVersion = seed => peerModel(3e6, seed);

/** Serves the model where each peer looks for it. @param {import('../server/fault-server.mjs').FaultServer} server @param {PeerModel} model */
export function putPeerModel(server, {onnx, topology, weights}) {
  server.put('/blobs/plain/model.onnx', onnx);
  server.put('/blobs/hub/kedge/table/resolve/main/onnx/model.onnx', onnx);
  server.put('/blobs/hub/kedge/table/resolve/main/config.json', '{"model_type": "custom"}');
  server.put('/blobs/tfjs/model.json', topology);
  server.put('/blobs/tfjs/weights.bin', weights);
}
