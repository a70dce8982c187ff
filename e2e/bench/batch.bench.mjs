import {models, stage} from './stage.mjs';

const callers = 32;
const deadlineMs = 200;
/** What a busy page's timers may be late by. */
const slackMs = 50;

/** @param {import('../../scripts/bench.mjs').Context} context @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows({launch}) {
  const staged = await stage(['digits', 'direction'], {pages: ['batch'], golden: ['digits']});
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
    const many = await ask('throughput', 'digits', {rounds: 15, callers, calls: 1000});
    const rows = [throughputRow(many)];
    for (const model of /** @type {const} */ (['digits', 'direction']))
      rows.push(deadlineRow(model, await ask('deadlines', model, {calls: 1000, deadlineMs})));
    return rows;
  } finally {
    await staged.close();
  }
}

/** @param {{kedge: number, bare: number, ratio: number, wrong: number}} times */
function throughputRow({kedge, bare, ratio, wrong}) {
  const what = `digits, ${callers} callers, answers a second, over bare /wasm one by one${wrong ? `; ${wrong} ANSWERS DIFFER` : ''}`;
  return {name: 'batch', what, ours: kedge, peer: bare, ratio, budget: '≥ 2', holds: ratio >= 2 && wrong === 0};
}

/** @param {string} model @param {{answered: number, p50: number, p99: number, most: number}} times */
function deadlineRow(model, {answered, p99, most}) {
  return {
    name: 'batch',
    what: `${model}, 1000 calls at once, deadline ${deadlineMs} ms: p99 until settled, ms (most ${most.toFixed(0)}; ${answered} answered in time)`,
    ours: p99,
    peer: null,
    ratio: null,
    budget: `≤ ${deadlineMs + slackMs}, the last too`,
    holds: most <= deadlineMs + slackMs,
  };
}
