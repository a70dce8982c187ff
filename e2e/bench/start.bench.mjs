import {BareTab} from './bare-tab.mjs';
import {untilQuiet} from './quiet.mjs';
import {median} from './rounds.mjs';
import {models, stage} from './stage.mjs';

const pages = /** @type {const} */ (['start-ours', 'start-default', 'start-tuned']);

/** @typedef {{model: keyof typeof models, size: string, rounds: number}} Case @type {readonly Case[]} */
const cases = [
  {model: 'digits', size: 'digits', rounds: 11},
  {model: 'table1', size: '1 MB', rounds: 7},
  {model: 'table25', size: '25 MB', rounds: 7},
  {model: 'table200', size: '200 MB', rounds: 3},
];

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(cases.map(({model}) => model));
  try {
    const found = [];
    for (const each of cases) {
      const browser = await launch();
      found.push(...(await measure(await browser.newBrowserCDPSession(), staged, each)));
      await browser.close();
    }
    return found;
  } finally {
    await staged.close();
  }
}

/** @typedef {Awaited<ReturnType<typeof stage>>} Stage */

/** How long the first visits last: the client keeps the runtime's memory and functions at once, and puts the chunks of what it started together after 5 s. */
const stayMs = 10_000;

/** One profile for all pages, on the disk as a person's is: model, release and HTTP cache are warm after the first rounds, which do not count. @param {import('playwright').CDPSession} session @param {Stage} staged @param {Case} of */
async function measure(session, {url, config, blob}, {model, size, rounds}) {
  const {input, shape} = models[model];
  const plan = encodeURIComponent(JSON.stringify({config, model, input, shape, blob: blob(model)}));
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(pages.map(page => [page, []]));
  for (let round = -3; round < rounds; round++)
    for (let i = 0; i < pages.length; i++) {
      const name = pages[(i + Math.abs(round)) % pages.length] ?? 'start-ours';
      const ms = await firstPrediction(session, `${url}/${name}.html#${plan}`, round < -1 ? stayMs : 0);
      if (round >= 0) times[name]?.push(ms);
    }
  return [
    row(`${size}, over the default import`, times['start-ours'], times['start-default'], 0.5),
    row(`${size}, over hand-tuned /wasm in a worker`, times['start-ours'], times['start-tuned'], 0.9),
  ];
}

/** Milliseconds from navigation to the first prediction, as the page saw it. @param {import('playwright').CDPSession} session @param {string} url @param {number} stayMs */
async function firstPrediction(session, url, stayMs) {
  const tab = await BareTab.open(session, undefined, url, 'firstPredictionMs');
  const ms = await tab.evaluate('firstPredictionMs');
  await new Promise(resolve => setTimeout(resolve, stayMs));
  await tab.close();
  await untilQuiet();
  return ms;
}

/** Rounds are compared with themselves: a machine's speed drifts. @param {string} peerName @param {number[]} ours @param {number[]} peer @param {number} most */
function row(peerName, ours = [], peer = [], most) {
  const what = `page load to first prediction, installed, ms, ${peerName}`;
  const ratio = median(ours.map((ms, i) => ms / (peer[i] ?? NaN)));
  return {
    name: 'start',
    what,
    ours: median(ours),
    peer: median(peer),
    ratio,
    budget: `≤ ${most}`,
    holds: ratio <= most,
  };
}
