import {PageMemory} from './memory.mjs';
import {models, stage} from './stage.mjs';

const names = /** @type {const} */ (['direction', 'recognition', 'digits-tfjs']);
const perRound = 50;
const rounds = 8;
const mostMib = 8;

/** @typedef {Awaited<ReturnType<typeof stage>>} Stage */
/** @typedef {import('../../scripts/bench.mjs').Context['launch']} Launch */

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(names, {pages: ['memory', 'memory-bare']});
  try {
    const found = [];
    for (const name of names) found.push(await row(launch, staged, name));
    return found;
  } finally {
    await staged.close();
  }
}

const isTfjs = (/** @type {keyof typeof models} */ name) => name === 'digits-tfjs';

/**
 * Beside what the runtime and the browser keep of the same by themselves.
 *
 * @param {Launch} launch @param {Stage} staged @param {keyof typeof models} name @returns {Promise<import('../../scripts/bench.mjs').Row>}
 */
async function row(launch, staged, name) {
  const ours = await growth(launch, staged, name, 'memory');
  const peer = await growth(launch, staged, name, 'memory-bare');
  const what = `${name}, ${rounds * perRound} loads and releases: MiB held in the second half over the first, beside a bare ${isTfjs(name) ? 'TensorFlow.js model (WASM)' : 'session'}`;
  return {name: 'memory', what, ours, peer, ratio: null, budget: `≤ ${mostMib} MiB more`, holds: ours <= mostMib};
}

/**
 * The least that the page's process holds after rounds of the second half, beyond that of the first half, in MiB, each time
 * once it has settled and its garbage is gone: what leaks is in every round.
 *
 * @param {Launch} launch @param {Stage} staged @param {keyof typeof models} name @param {'memory' | 'memory-bare'} kind
 */
async function growth(launch, {url, config, blob}, name, kind) {
  const browser = await launch();
  const page = await browser.newPage();
  const memory = new PageMemory(await browser.newBrowserCDPSession());
  await page.goto(`${url}/${kind}.html`);
  const {input, shape} = models[name];
  const files = isTfjs(name) ? {runtime: 'tfjs', weights: blob(name, 'weights.bin')} : {runtime: 'onnx'};
  const plan = {model: name, url: blob(name), ...files, config, input, shape, times: perRound};
  const held = [];
  for (let round = 0; round < rounds; round++) {
    await page.evaluate(plan => /** @type {any} */ (globalThis).loadAndRelease(plan), plan);
    held.push((await memory.held(page)) / 2 ** 20);
  }
  await browser.close();
  return Math.min(...held.slice(rounds / 2)) - Math.min(...held.slice(0, rounds / 2));
}
