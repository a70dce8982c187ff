import {PageMemory} from './memory.mjs';
import {models, stage} from './stage.mjs';

const names = /** @type {const} */ (['direction', 'recognition']);
const perRound = 50;
const rounds = 8;
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
 * The least that the page's process holds after rounds of the second half, beyond that of the first half, each time once it has
 * settled and its garbage is gone. What leaks is in every round; what the allocator and the compiler keep comes and goes, by 30
 * MiB from one round to the next.
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
  const [first, last] = [Math.min(...held.slice(0, rounds / 2)), Math.min(...held.slice(rounds / 2))];
  const what = `${name}, ${rounds * perRound} loads and releases: least held in the second half, MiB, over the first half`;
  const holds = last <= first + mostMib;
  const budget = `≤ ${mostMib} MiB more`;
  return {name: 'memory', what, ours: last, peer: first, ratio: last / first, budget, holds};
}
