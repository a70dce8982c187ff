import {closeSync, mkdtempSync, openSync, readSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {layers, randomTables, tableModel} from '../faults/models/table-model.mjs';
import {makeRegistry} from '../faults/world/registry.mjs';
import {blobRequests} from '../faults/world/ranges.mjs';
import {buildSite} from '../faults/world/site.mjs';
import {within, World} from '../faults/world/world.mjs';
import {BareTab} from './bare-tab.mjs';
import {PageMemory} from './memory.mjs';

const visitMs = 240_000;
const mebibyte = 2 ** 20;
const [old, large] = ['table@1.0.0', 'table@2.0.0'];

/** How large, and over how many files beside the model's its weights are spread. `quota`: of the site. @typedef {{name: string, bytes: number, outside: number, quota?: number}} Size */

/** @type {readonly Size[]} */
export const sizes = [
  {name: '1.9 GB in one file', bytes: 1.9e9, outside: 0},
  {name: '2.2 GB, its weights in one file', bytes: 2.2e9, outside: 1},
];

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const found = [];
  for (const size of sizes) found.push(...rowsOf(size, await visits(size, launch)));
  return found;
}

/** @typedef {{seconds: number, peakBytes: number, fetchedBytes: number, visit: import('../faults/page/lab.js').Visit}} Measured */

/** Both visits of a device on which a small version of the model serves. @param {Size} size @param {import('../../scripts/bench.mjs').Context['launch']} launch */
export async function visits(size, launch) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-large-'));
  const files = /** @type {number[]} */ ([]);
  try {
    const world = await stage(folder, size, files);
    const session = await (await launch()).newBrowserCDPSession();
    const holder = await BareTab.open(session, undefined, `${world.server.url}/lab.html`, 'lab');
    await world.publish([old]);
    await visit(world, session);
    if (size.quota) await holder.limitStorage(world.server.url, size.quota);
    await world.publish([large, old]);
    const both = [await visit(world, session), await visit(world, session)];
    await holder.close();
    await world.close();
    return both;
  } finally {
    for (const file of files) closeSync(file);
    rmSync(folder, {recursive: true, force: true});
  }
}

/** @param {string} folder @param {Size} size @param {number[]} files is given those that were opened */
async function stage(folder, size, files) {
  const site = join(folder, 'site');
  await buildSite(site, ['lab']);
  const registry = await makeRegistry(folder, [
    [old, () => tableModel(randomTables(3e6, 1))],
    [large, () => giant(size)],
  ]);
  // Packed; of such a size nothing is kept twice.
  rmSync(join(folder, 'work'), {recursive: true});
  // Nothing of a browser is asked through it here.
  const world = await World.open({driver: /** @type {any} */ (undefined), registry, site});
  world.server.blobCache = 'no-store';
  for (const {sha256} of world.version(large).manifest.artifacts) {
    const path = join(registry.folder, 'blobs', sha256);
    const file = openSync(path, 'r');
    files.push(file);
    world.server.put(`/registry/blobs/${sha256}`, {length: statSync(path).size, subarray: partOf(file)});
  }
  return world;
}

/** @param {number} file @returns {(start: number, end: number) => Buffer} */
const partOf = file => (start, end) => {
  const part = Buffer.alloc(end - start);
  readSync(file, part, 0, part.length, start);
  return part;
};

/** Asked only for rows whose numbers a float32 can hold. @param {Size} size */
function giant({bytes, outside}) {
  const model = tableModel(tables(bytes), 'float32', outside);
  return {...model, rows: Math.floor((model.rows - 1) / 256) * 256 + 1};
}

/** Weights from 1 to 2, in a tenth of the time that normal ones take. @param {number} bytes of all tables */
function tables(bytes) {
  let state = 1;
  return Array.from({length: layers}, () => {
    const words = new Uint32Array(Math.floor(bytes / layers / 4));
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = (state & 0x7fffff) | 0x3f800000;
    }
    return new Float32Array(words.buffer);
  });
}

/** @param {World} world @param {import('playwright').CDPSession} session @returns {Promise<Measured>} */
async function visit(world, session) {
  const mark = world.server.log.length;
  const tab = await BareTab.open(session, undefined, `${world.server.url}/lab.html`, 'lab');
  const memory = new PageMemory(session);
  await memory.begin();
  const begunMs = performance.now();
  const visit = await within(visitMs, 'the visit', tab.evaluate(`lab.visit(${JSON.stringify(world.plan())})`));
  const seconds = (performance.now() - begunMs) / 1000;
  const peakBytes = memory.peakExtra();
  await tab.close();
  world.checkTruth(visit);
  const fetchedBytes = blobRequests(world.server.log.slice(mark)).reduce((sum, {sent}) => sum + sent, 0);
  return {seconds, peakBytes, fetchedBytes, visit};
}

/** @param {Size} size @param {readonly Measured[]} both @returns {import('../../scripts/bench.mjs').Row[]} */
function rowsOf({name, bytes}, [first, second]) {
  if (!first || !second) throw new Error('a visit is missing');
  const most = (2 * bytes) / mebibyte + 256;
  return [first, second].map((one, i) => {
    const {version, source} = one.visit.served;
    const what = `${name}, ${i ? 'second' : 'first'} visit: ${one.seconds.toFixed(0)} s to a prediction of ${version} (${source}), ${(one.fetchedBytes / 1e6).toFixed(0)} MB fetched; peak extra memory of the page's process, MiB`;
    const ours = one.peakBytes / mebibyte;
    const holds = version === '2.0.0' && ours <= most && (i === 0 || one.fetchedBytes === 0);
    const budget = `≤ ${most.toFixed(0)} (the model, the same on the heap, and 256), nothing fetched twice`;
    return {...{name: 'large-device', what, ours, peer: null, ratio: null}, budget, holds};
  });
}
