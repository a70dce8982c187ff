import {models, stage} from './stage.mjs';

const names = /** @type {const} */ (['digits', 'direction', 'recognition']);
const plans = {
  digits: {rounds: 60, perRound: 20},
  direction: {rounds: 60, perRound: 2},
  recognition: {rounds: 31, perRound: 1},
};

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(names);
  try {
    const browser = await launch();
    const rows = [];
    for (const name of names) {
      const page = await browser.newPage();
      await page.goto(`${staged.url}/predict.html`);
      const {input, shape} = models[name];
      const plan = {config: staged.config, model: name, blob: staged.blob(name), input, shape, ...plans[name]};
      const times = await page.evaluate(plan => /** @type {any} */ (globalThis).measure(plan), plan);
      rows.push(overBare(name, times), overDefault(name, times));
      await page.close();
    }
    return rows;
  } finally {
    await staged.close();
  }
}

/** @typedef {{ms: number, ratio: number, moreMs: number}} Over */
/** @typedef {Record<'kedge' | 'wasm' | 'default', Over>} Times */

/** A tiny model's time is the message's, so that its budget is a difference. @param {string} name @param {Times} times */
function overBare(name, {kedge, wasm}) {
  const tiny = wasm.ms < 5;
  const what = `${name}, ms, over bare /wasm${tiny ? `: ${wasm.moreMs.toFixed(2)} ms more` : ''}`;
  const budget = tiny ? '≤ 0.15 ms more' : '≤ 1.02';
  const holds = tiny ? wasm.moreMs <= 0.15 : wasm.ratio <= 1.02;
  return {name: 'predict', what, ours: kedge.ms, peer: wasm.ms, ratio: wasm.ratio, budget, holds};
}

/** @param {string} name @param {Times} times */
function overDefault(name, {kedge, wasm, default: heavy}) {
  const tiny = wasm.ms < 5;
  return {
    name: 'predict',
    what: `${name}, ms, over the default import`,
    ours: kedge.ms,
    peer: heavy.ms,
    ratio: heavy.ratio,
    budget: tiny ? '(told)' : '≤ 0.55',
    holds: tiny || heavy.ratio <= 0.55,
  };
}
