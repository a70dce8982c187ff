import {BareTab, newProfile, removeProfile} from './bare-tab.mjs';
import {median} from './rounds.mjs';
import {models, stage} from './stage.mjs';

const names = /** @type {const} */ (['digits', 'direction', 'recognition']);
/** Of one page each, in turns. */
const first = {model: /** @type {const} */ ('recognition'), rounds: 5, runs: 12};
const plans = {
  digits: {rounds: 60, perRound: 20},
  direction: {rounds: 60, perRound: 10},
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
    rows.push(await firstRuns(await browser.newBrowserCDPSession(), staged));
    return rows;
  } finally {
    await staged.close();
  }
}

/** @param {import('playwright').CDPSession} session @param {Awaited<ReturnType<typeof stage>>} staged @returns {Promise<import('../../scripts/bench.mjs').Row>} */
async function firstRuns(session, {url, config, blob}) {
  const {model, rounds, runs} = first;
  const plan = JSON.stringify({config, model, blob: blob(model), ...models[model], runs});
  const profile = await newProfile(session);
  const [ours, peer] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let round = -1; round < rounds; round++)
    for (const side of round % 2 ? ['kedge', 'default'] : ['default', 'kedge']) {
      const tab = await BareTab.open(session, profile, `${url}/predict.html`, 'firstRuns');
      const ms = await tab.evaluate(`firstRuns(${plan}, '${side}')`);
      await tab.close();
      if (round >= 0) (side === 'kedge' ? ours : peer).push(ms);
    }
  await removeProfile(session, profile);
  const ratio = median(ours.map((ms, i) => ms / (peer[i] ?? NaN)));
  const what = `${model}, the first ${runs} runs of a page, ms, over the default import`;
  return {name: 'predict', what, ours: median(ours), peer: median(peer), ratio, budget: '≤ 0.55', holds: ratio <= 0.55};
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

/** Once V8 has optimised both, which the row of the first runs is about. @param {string} name @param {Times} times */
function overDefault(name, {kedge, default: heavy}) {
  return {
    name: 'predict',
    what: `${name}, ms, over the default import, both settled`,
    ours: kedge.ms,
    peer: heavy.ms,
    ratio: heavy.ratio,
    budget: '(told)',
    holds: true,
  };
}
