import {spawnSync} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {onnxModel, weights} from '../../scripts/onnx-model.mjs';

const side = 1024;
const layers = 512;
const layerBytes = 4 * side * side;
const program = fileURLToPath(new URL('pack-large.mjs', import.meta.url));

/** A model of 2 GiB, its weights beside it; `noise` moves each weight by so many steps at most. @param {string} folder @param {number} noise */
function writeModel(folder, noise) {
  const data = new Uint8Array(layerBytes);
  const layer = (/** @type {number} */ i) => ({
    ...{rows: side, columns: side, type: /** @type {const} */ ('float32'), data},
    external: {location: 'weights.bin', offset: i * layerBytes},
  });
  writeFileSync(join(folder, 'model.onnx'), onnxModel(Array.from({length: layers}, (_, i) => layer(i))));
  const [base, bits] = [weights(side * side, 1), new Uint32Array(side * side)];
  const own = new Uint32Array(base.buffer);
  const file = openSync(join(folder, 'weights.bin'), 'w');
  for (let i = 0, state = 1; i < layers; i++) {
    for (let at = 0; at < bits.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      bits[at] = (own[(at * 7 + i * 13) % bits.length] ?? 0) ^ (noise > 0 ? state % noise : 0);
    }
    writeSync(file, new Uint8Array(bits.buffer));
  }
  closeSync(file);
}

/** In a process of its own, so that its memory is its own. @param {string[]} args @returns {{seconds: number, peakBytes: number, updates?: {bytes: number, fetchedBytes: number}[]}} */
function measured(...args) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [program, ...args], {encoding: 'utf8'});
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {string} what @param {{seconds: number, peakBytes: number}} result @returns {import('../../scripts/bench.mjs').Row} */
const row = (what, {seconds, peakBytes}) => ({
  ...{name: 'large', what: `${what} a model of 2 GiB (${seconds.toFixed(0)} s): peak memory in MiB`},
  ...{
    ours: Math.round(peakBytes / 2 ** 20),
    peer: null,
    ratio: null,
    budget: '≤ 400 MiB',
    holds: peakBytes <= 400 * 2 ** 20,
  },
});

/** @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows() {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-large-'));
  try {
    writeFileSync(join(folder, 'meta.json'), JSON.stringify({task: 'other'}));
    writeModel(folder, 0);
    const pack = measured('pack', folder, '1.0.0');
    writeModel(folder, 64);
    const patch = measured('pack', folder, '1.1.0', '1.0.0');
    const share = (100 * (patch.updates?.[0]?.fetchedBytes ?? 0)) / (patch.updates?.[0]?.bytes ?? 1);
    return [
      row('pack', pack),
      row(`pack, with a patch of ${share.toFixed(1)} %,`, patch),
      row('check digests and patch of', measured('check', folder, '1.1.0')),
    ];
  } finally {
    rmSync(folder, {recursive: true});
  }
}
