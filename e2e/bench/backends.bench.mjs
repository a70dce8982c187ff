import {models, stage} from './stage.mjs';

/** Warm runs of each visit; the slower the model in software, the fewer. */
const runs = {digits: 25, direction: 5, recognition: 2};
const names = /** @type {const} */ (['digits', 'direction', 'recognition']);

/**
 * What the client chooses, against a page that takes WebGPU wherever there is one. Each is a first visit of its own.
 *
 * @param {import('../../scripts/bench.mjs').Context} context
 * @returns {Promise<import('../../scripts/bench.mjs').Row[]>}
 */
export async function rows({launch}) {
  const staged = await stage(names, {pages: ['backends'], golden: names});
  try {
    const browser = await launch();
    const rows = [];
    for (const name of names) {
      const ours = await visit(browser, staged, name);
      const blind = await visit(browser, staged, name, 'webgpu').catch(error => String(error.message ?? error));
      rows.push(...(typeof blind === 'string' ? [refusedRow(name, ours, blind)] : twoRows(name, ours, blind)));
    }
    return rows;
  } finally {
    await staged.close();
  }
}

/** @typedef {{firstMs: number, warmMs: number, choice: import('@kedge/client').Explanation | null}} Visit */

/** @param {import('playwright').Browser} browser @param {Awaited<ReturnType<typeof stage>>} staged @param {typeof names[number]} name @param {'webgpu'} [provider] @returns {Promise<Visit>} */
async function visit(browser, staged, name, provider) {
  const page = await browser.newPage();
  await page.goto(`${staged.url}/backends.html`);
  const {input, shape} = models[name];
  const plan = {config: staged.config, model: name, input, shape, runs: runs[name], ...(provider && {provider})};
  const times = await page.evaluate(plan => /** @type {any} */ (globalThis).visit(plan), plan);
  await page.close();
  return times;
}

/** A GPU in software is never the faster one. @param {Visit} ours */
function picked({choice}) {
  const on = `${choice?.serves}${choice?.device.gpu?.software ? ', GPU in software' : ''}`;
  return {on, right: !choice?.device.gpu?.software || choice.serves === 'wasm'};
}

/** @param {string} name @param {Visit} ours @param {Visit} blind @returns {import('../../scripts/bench.mjs').Row[]} */
function twoRows(name, ours, blind) {
  const {on, right} = picked(ours);
  const row = (/** @type {string} */ what, /** @type {'warmMs' | 'firstMs'} */ key) => ({
    name: 'backends',
    what: `${name}, ${what}, over WebGPU taken blindly`,
    ours: ours[key],
    peer: blind[key],
    ratio: ours[key] / blind[key],
  });
  const warm = row(`chosen: ${on}; ms a prediction`, 'warmMs');
  return [
    {...warm, budget: '≤ 1.1, WASM where the GPU is software', holds: right && warm.ratio <= 1.1},
    {...row('ms to the first answer of a first visit', 'firstMs'), budget: '(told)', holds: true},
  ];
}

/** @param {string} name @param {Visit} ours @param {string} why @returns {import('../../scripts/bench.mjs').Row} */
function refusedRow(name, ours, why) {
  const {on, right} = picked(ours);
  const what = `${name}, chosen: ${on}; ms a prediction; WebGPU has no right answer: ${why.slice(0, 160)}`;
  return {name: 'backends', what, ours: ours.warmMs, peer: null, ratio: null, budget: 'the right one', holds: right};
}
