import {median} from './rounds.mjs';
import {stage} from './stage.mjs';

const pages = /** @type {const} */ (['start-ours', 'start-default', 'start-tuned']);
const rounds = 11;

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(['digits']);
  try {
    // One profile for all: model, release and HTTP cache are warm after the first round, which does not count.
    const context = await (await launch()).newContext();
    const plan = encodeURIComponent(JSON.stringify({config: staged.config, blob: staged.blob('digits')}));
    /** @type {Record<string, number[]>} */
    const times = Object.fromEntries(pages.map(page => [page, []]));
    for (let round = -2; round < rounds; round++)
      for (let i = 0; i < pages.length; i++) {
        const name = pages[(i + Math.abs(round)) % pages.length] ?? 'start-ours';
        const ms = await firstPrediction(context, `${staged.url}/${name}.html#${plan}`);
        if (round >= 0) times[name]?.push(ms);
      }
    return [
      row('over the default import', times['start-ours'], times['start-default'], 0.5),
      row('over hand-tuned /wasm in a worker', times['start-ours'], times['start-tuned'], 0.9),
    ];
  } finally {
    await staged.close();
  }
}

/** Milliseconds from navigation to the first prediction, as the page saw it. @param {import('playwright').BrowserContext} context @param {string} url */
async function firstPrediction(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => 'firstPredictionMs' in globalThis, undefined, {timeout: 60_000});
  const ms = await page.evaluate(() => /** @type {any} */ (globalThis).firstPredictionMs);
  await page.close();
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
