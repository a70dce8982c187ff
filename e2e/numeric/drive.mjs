import {chromium} from 'playwright';
import {launchOptions} from '../../scripts/browser.mjs';
import {armOf} from './arms.mjs';

/**
 * @typedef {import('./page/ask.js').Answer} Answer
 * @typedef {{name: string, provider: string, answer: Answer | {lost: string}}} Result of an arm, see arms.mjs; `lost`: the page gave no answer
 */

/** Software takes seconds to compile a shader for the first time, and a busy machine longer. */
const answerWithinMs = 120_000;
/** A page and its workers are given up after so many models: their sessions stay loaded. */
const modelsEach = 60;
/** Fewer have fewer functions together. */
const trimmedEach = 12;

/**
 * Asks the client about every model on one provider, in a browser of its own. A page that hangs or dies is given up, and
 * the next model is asked in another.
 *
 * @param {string} url of the page
 * @param {readonly string[]} names
 * @param {string} provider
 * @param {(result: Result, done: number) => void} tell
 * @returns {Promise<Result[]>}
 */
export async function drive(url, names, provider, tell) {
  const browser = await chromium.launch(launchOptions());
  /** @type {Result[]} */
  const results = [];
  /** @type {import('playwright').Page | undefined} */
  let page;
  const {trimmed} = armOf(provider);
  const each = trimmed ? trimmedEach : modelsEach;
  try {
    for (const name of names) {
      if (!page || results.length % each === 0) {
        await page?.context().close();
        page = await openPage(browser, url);
        const next = results.length;
        if (trimmed) await visitFirst(page, names.slice(next, next + each - (next % each)));
      }
      const answer = await answerOf(page, name, provider);
      if ('lost' in answer) {
        await page
          .context()
          .close()
          .catch(() => {});
        page = undefined;
      }
      results.push({name, provider, answer});
      tell(/** @type {Result} */ (results.at(-1)), results.length);
    }
    return results;
  } finally {
    await browser.close();
  }
}

/** @param {import('playwright').Browser} browser @param {string} url */
async function openPage(browser, url) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  // An attribute: the page's policy forbids the eval that waiting for a value takes.
  await page.waitForSelector('html[data-ready]');
  return page;
}

/** What it keeps is what the second visit of the same browser begins with. @param {import('playwright').Page} page @param {readonly string[]} names */
async function visitFirst(page, names) {
  await page.evaluate(models => globalThis.visit(models), names);
  await page.reload();
  await page.waitForSelector('html[data-ready]');
}

/** @param {import('playwright').Page} page @param {string} name @param {string} provider @returns {Promise<Result['answer']>} */
async function answerOf(page, name, provider) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise(resolve => {
    timer = setTimeout(() => resolve({lost: `no answer within ${answerWithinMs / 1000} s`}), answerWithinMs);
  });
  const asked = page
    .evaluate(
      ([model, where]) => globalThis.ask(/** @type {string} */ (model), /** @type {string} */ (where)),
      [name, provider],
    )
    .catch(error => ({lost: String(error.message ?? error)}));
  try {
    return /** @type {Result['answer']} */ (await Promise.race([asked, late]));
  } finally {
    clearTimeout(timer);
  }
}
