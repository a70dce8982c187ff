import {randomTables, tableModel} from '../faults/models/table-model.mjs';
import {BareTab} from './bare-tab.mjs';
import {PageMemory} from './memory.mjs';
import {untilQuiet} from './quiet.mjs';
import {median} from './rounds.mjs';
import {throttledStage} from './throttled.mjs';

/** 100 Mbit/s. */
const line = 12.5e6;
const sizes = [
  {name: '1 MB', bytes: 1e6, rounds: 20},
];
const mebibyte = 2 ** 20;

const reference = (/** @type {number} */ i) => `size${i}@1.0.0`;

/** @typedef {{ms: number, peakBytes: number}} Measured */
/** @typedef {Awaited<ReturnType<typeof throttledStage>>} Stage */

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await throttledStage(
    sizes.map(({bytes}, i) => [reference(i), () => tableModel(randomTables(bytes, 40 + i))]),
  );
  try {
    const browser = await launch();
    const session = await browser.newBrowserCDPSession();
    const memory = new PageMemory(session);
    const rows = [];
    for (const [i, size] of sizes.entries()) rows.push(...(await measure(staged, session, memory, i, size)));
    return rows;
  } finally {
    staged.close();
  }
}

/** @param {Stage} staged @param {import('playwright').CDPSession} session @param {PageMemory} memory @param {number} i @param {(typeof sizes)[number]} size */
async function measure(staged, session, memory, i, {name, rounds}) {
  /** @type {Record<'install' | 'plainFetch', Measured[]>} */
  const found = {install: [], plainFetch: []};
  const candidates = /** @type {const} */ (['install', 'plainFetch']);
  for (let round = -1; round < rounds; round++)
    for (const candidate of round % 2 ? candidates : [...candidates].reverse()) {
      const measured = await one(staged, session, memory, candidate, reference(i));
      if (round >= 0) found[candidate].push(measured);
    }
  const {bytes} = staged.registry.versions[reference(i)] ?? {bytes: NaN};
  return [timeRow(name, found), memoryRow(name, bytes, found)];
}

/** One first visit, on an origin of its own; what it stores is on the disk. @param {Stage} staged @param {import('playwright').CDPSession} session @param {PageMemory} memory @param {'install' | 'plainFetch'} candidate @param {string} version @returns {Promise<Measured>} */
async function one(staged, session, memory, candidate, version) {
  const world = await staged.world(line);
  await world.publish([version]);
  const tab = await BareTab.open(session, undefined, `${world.server.url}/install.html`, 'prepare');
  try {
    const call = (/** @type {string} */ name, /** @type {unknown} */ argument) =>
      tab.evaluate(`${name}(${JSON.stringify(argument)})`);
    await call('prepare', world.plan().config);
    await memory.begin();
    const {manifest, bytes} = world.version(version);
    const result = await call(candidate, candidate === 'install' ? manifest.model : filesOf(world, version));
    const peakBytes = memory.peakExtra();
    if (candidate === 'install' && (result.kind !== 'indexeddb' || !/verified/.test(result.stored[0] ?? '')))
      throw new Error(`not installed: ${JSON.stringify(result)}`);
    if (candidate === 'plainFetch' && result.byteLength < bytes) throw new Error('fetched something else');
    return {ms: result.ms, peakBytes};
  } finally {
    await tab.close();
    await world.close();
    await untilQuiet();
  }
}

/** All that an install asks for: the manifest, and each blob once. @param {Awaited<ReturnType<Stage['world']>>} world @param {string} version */
function filesOf(world, version) {
  const {digest, manifest} = world.version(version);
  const blobs = new Set(manifest.artifacts.map(({sha256}) => `/blobs/${sha256}`));
  return [`/manifests/${digest}.json`, ...blobs].map(path => world.server.registryUrl + path);
}

/** Rounds are compared with themselves: a machine's speed drifts. @param {string} size @param {Record<'install' | 'plainFetch', Measured[]>} found @returns {import('../../scripts/bench.mjs').Row} */
function timeRow(size, {install, plainFetch}) {
  const ratio = median(install.map(({ms}, i) => ms / Number(plainFetch[i]?.ms)));
  const what = `first install of ${size} at 100 Mbit/s, ms, over a plain fetch of the same files`;
  const [ours, peer] = [install, plainFetch].map(all => median(all.map(({ms}) => ms)));
  return {name: 'install', what, ours: Number(ours), peer: Number(peer), ratio, budget: '≤ 1.10', holds: ratio <= 1.1};
}

/** @param {string} size @param {number} bytes @param {Record<'install' | 'plainFetch', Measured[]>} found @returns {import('../../scripts/bench.mjs').Row} */
function memoryRow(size, bytes, {install, plainFetch}) {
  const [ours, peer] = [install, plainFetch].map(all => median(all.map(({peakBytes}) => peakBytes)) / mebibyte);
  // Of a small model what is held for it does not show beside what the page's process takes by itself.
  const most = bytes > 10e6 ? bytes / mebibyte + 8 : Infinity;
  const what = `the same, peak extra memory of the page's process, MiB`;
  return {
    name: 'install',
    what: `${what} (${size})`,
    ours: Number(ours),
    peer: Number(peer),
    ratio: Number(ours) / Number(peer),
    budget: most < Infinity ? `≤ ${most.toFixed(0)} (the model and 8)` : '(told)',
    holds: Number(ours) <= most,
  };
}
