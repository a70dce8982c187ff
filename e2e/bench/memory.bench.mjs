import {PageMemory} from './memory.mjs';
import {models, stage} from './stage.mjs';

const names = /** @type {const} */ (['direction', 'recognition']);
const perRound = 50;
const rounds = 4;
const mostMib = 8;

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(names, {pages: ['memory']});
  try {
    const found = [];
    for (const name of names) found.push(await measure(await launch(), staged, name));
    return found;
  } finally {
    await staged.close();
  }
}

/**
 * What the page's process holds after the last loads, beyond what it holds after the first: once it has settled and its garbage
 * is gone.
 *
 * @param {import('playwright').Browser} browser @param {Awaited<ReturnType<typeof stage>>} staged @param {keyof typeof models} name
 * @returns {Promise<import('../../scripts/bench.mjs').Row>}
 */
async function measure(browser, {url, config}, name) {
  const page = await browser.newPage();
  const memory = new PageMemory(await browser.newBrowserCDPSession());
  await page.goto(`${url}/memory.html`);
  await page.evaluate(config => /** @type {any} */ (globalThis).openKedge(config), config);
  const {input, shape} = models[name];
  const plan = {model: name, input, shape, times: perRound};
  const held = [];
  for (let round = 0; round < rounds; round++) {
    await page.evaluate(plan => /** @type {any} */ (globalThis).loadAndRelease(plan), plan);
    held.push((await memory.held(page)) / 2 ** 20);
  }
  const [first = NaN, last = NaN] = [held[0], held.at(-1)];
  const what = `${name}, ${rounds * perRound} loads and releases: held after the last ${perRound}, MiB, over the first ${perRound}`;
  const holds = last <= first + mostMib;
  const budget = `≤ ${mostMib} MiB more`;
  return {name: 'memory', what, ours: last, peer: first, ratio: last / first, budget, holds};
}
