import {PageMemory} from './memory.mjs';
import {models, stage} from './stage.mjs';

const callers = 32;
const deadlineMs = 200;
const calls = 1000;
/** Of the calls that the bare runtime could answer one by one before the deadline: a client that answers none is quick too. */
const leastShare = 0.8;
/** What a busy page's timers may be late by. */
const slackMs = 50;

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(['digits', 'direction', 'recognition'], {pages: ['batch'], golden: ['digits']});
  try {
    const browser = await launch();
    const page = await browser.newPage();
    await page.goto(`${staged.url}/batch.html`);
    const ask = (
      /** @type {'throughput' | 'deadlines'} */ what,
      /** @type {'digits' | 'direction'} */ model,
      /** @type {object} */ more,
    ) => {
      const {input, shape} = models[model];
      const plan = {config: staged.config, model, blob: staged.blob(model), input, shape, ...more};
      return page.evaluate(
        ([what, plan]) => /** @type {any} */ (globalThis)[what](plan),
        /** @type {const} */ ([what, plan]),
      );
    };
    const rows = [];
    for (const spare of [false, true])
      rows.push(throughputRow(spare, await ask('throughput', 'digits', {rounds: 15, callers, calls: 3000, spare})));
    for (const model of /** @type {const} */ (['digits', 'direction']))
      rows.push(...deadlineRows(model, await ask('deadlines', model, {rounds: 5, calls, deadlineMs})));
    for (const model of /** @type {const} */ (['digits', 'recognition']))
      rows.push(await memoryRow(launch, staged, model));
    return rows;
  } finally {
    await staged.close();
  }
}

/** The budget is that of two workers: one of them is bound by what the runtime takes for a row of a batch. @param {boolean} spare @param {{kedge: number, bare: number, ratio: number, wrong: number}} times */
function throughputRow(spare, {kedge, bare, ratio, wrong}) {
  const workers = spare ? 'with a spare worker' : 'one worker';
  const least = spare ? 2 : 1;
  const what = `digits, ${callers} callers, ${workers}: answers a second, over bare /wasm one by one${wrong ? `; ${wrong} ANSWERS DIFFER` : ''}`;
  const budget = spare ? '≥ 2' : '≥ 1 (the budget of 2 is for two workers)';
  return {name: 'batch', what, ours: kedge, peer: bare, ratio, budget, holds: ratio >= least && wrong === 0};
}

/** @param {string} model @param {{answered: number, bareAnswered: number, bareMs: number, p99: number, bareP99: number, most: number, issueMs: number, bareIssueMs: number}} found @returns {import('../../scripts/bench.mjs').Row[]} */
function deadlineRows(model, {answered, bareAnswered, bareMs, p99, bareP99, most, issueMs, bareIssueMs}) {
  const what = `${model}, ${calls} calls at once, deadline ${deadlineMs} ms`;
  const could = Math.min(calls, deadlineMs / bareMs);
  const ratio = answered / could;
  return [
    {
      name: 'batch',
      what: `${what}: p99 until settled, ms (most ${most.toFixed(0)}), over bare /wasm, which has no deadline`,
      ours: p99,
      peer: bareP99,
      ratio: p99 / bareP99,
      budget: `≤ ${deadlineMs + slackMs}, the last too`,
      holds: most <= deadlineMs + slackMs,
    },
    {
      name: 'batch',
      what: `${what}: ms until the page has made all of them, over as many messages to bare /wasm; no timer fires before`,
      ours: issueMs,
      peer: bareIssueMs,
      ratio: issueMs / bareIssueMs,
      budget: '(told)',
      holds: true,
    },
    {
      name: 'batch',
      what: `${what}: answered in time, over what bare /wasm could one by one (${bareMs.toFixed(2)} ms each; of as many at once it answered ${bareAnswered})`,
      ours: answered,
      peer: could,
      ratio,
      budget: `≥ ${leastShare}`,
      holds: ratio >= leastShare,
    },
  ];
}

/** What a spare worker costs. @param {import('../../scripts/bench.mjs').Context['launch']} launch @param {Awaited<ReturnType<typeof stage>>} staged @param {'digits' | 'recognition'} model */
async function memoryRow(launch, staged, model) {
  const [one = NaN, two = NaN] = [
    await heldMib(launch, staged, model, false),
    await heldMib(launch, staged, model, true),
  ];
  const what = `${model}: the page's process with a spare worker, MiB, over one worker`;
  return {name: 'batch', what, ours: two, peer: one, ratio: two / one, budget: '≤ 2', holds: two <= 2 * one};
}

/** @param {import('../../scripts/bench.mjs').Context['launch']} launch @param {Awaited<ReturnType<typeof stage>>} staged @param {'digits' | 'recognition'} model @param {boolean} spare */
async function heldMib(launch, {url, config}, model, spare) {
  const browser = await launch();
  const page = await browser.newPage();
  const memory = new PageMemory(await browser.newBrowserCDPSession());
  await page.goto(`${url}/batch.html`);
  const {input, shape} = models[model];
  await page.evaluate(plan => /** @type {any} */ (globalThis).hold(plan), {config, model, input, shape, spare});
  const mib = (await memory.held(page)) / 2 ** 20;
  await browser.close();
  return mib;
}
