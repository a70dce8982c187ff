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

/** @typedef {Record<'kedge' | 'wasm' | 'default', number>} Times */

/** @param {string} name @param {Times} times */
function overBare(name, {kedge, wasm}) {
  const tiny = wasm < 5;
  const budget = tiny ? '≤ 0.15 ms more' : '≤ 1.02';
  const holds = tiny ? kedge - wasm <= 0.15 : kedge / wasm <= 1.02;
  return {
    name: 'predict',
    what: `${name}, ms, over bare /wasm`,
    ours: kedge,
    peer: wasm,
    ratio: kedge / wasm,
    budget,
    holds,
  };
}

/** The budget is for a model whose time is the model's; a tiny one's is the message's. @param {string} name @param {Times} times */
function overDefault(name, times) {
  const ratio = times.kedge / times.default;
  const tiny = times.wasm < 5;
  return {
    name: 'predict',
    what: `${name}, ms, over the default import`,
    ours: times.kedge,
    peer: times.default,
    ratio,
    budget: tiny ? '(told)' : '≤ 0.55',
    holds: tiny || ratio <= 0.55,
  };
}
