import {setTimeout as sleep} from 'node:timers/promises';
import {build} from 'vite';
import {EngineMissing} from '../../e2e/faults/browsers/install.mjs';
import {openDriver} from '../../e2e/faults/browsers/driver.mjs';
import {inRoot} from '../paths.mjs';
import {serveFolder} from '../serve-folder.mjs';

/** @typedef {import('./lines.mjs').Result} Result */
/** @typedef {import('../../e2e/faults/browsers/driver.mjs').Driver} Driver */
/** @typedef {import('../../e2e/faults/browsers/driver.mjs').Tab} Tab */

const page = inRoot('packages', 'client', 'testing', 'contract');
const runMs = 15 * 60_000;
/** What a page needs to have threads. */
const isolation = {'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp'};

/**
 * The tests that Vitest runs in Chromium, as a page for browsers that Vitest does not drive.
 *
 * @param {string} outDir
 */
export async function buildPage(outDir) {
  await build({
    configFile: false,
    root: page,
    logLevel: 'error',
    resolve: {alias: {vitest: `${page}/vitest.ts`}},
    build: {
      ...{outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: {polyfill: false}},
      // Else it drops the test files: the package says that importing its files does nothing by itself.
      rolldownOptions: {treeshake: false},
    },
  });
}

/**
 * @param {'firefox' | 'webkit'} engine
 * @param {string} site as `buildPage` left it
 * @returns {Promise<{version: string, results: Result[]} | {missing: string}>} `missing`: why this engine can't be had here
 */
export async function askPage(engine, site) {
  /** @type {Driver} */
  let driver;
  try {
    driver = await openDriver(engine);
  } catch (error) {
    if (error instanceof EngineMissing) return {missing: error.message};
    throw error;
  }
  // A realm has as many threads as its first session asked for: those with several have a page of their own.
  const servers = [await serveFolder(site), await serveFolder(site, {headers: isolation})];
  const [plain, isolated] = servers.map(({url}) => url);
  try {
    const results = await resultsFrom(driver, `${plain}/`);
    results.push(...(await resultsFrom(driver, `${isolated}/?threads`)));
    return {version: driver.version, results};
  } finally {
    await driver.close();
    for (const server of servers) await server.close();
  }
}

/** @param {Driver} driver @param {string} url @returns {Promise<Result[]>} */
async function resultsFrom(driver, url) {
  const tab = await driver.openTab(url);
  const end = performance.now() + runMs;
  let seen = await stateOf(tab);
  while (!seen.results && !seen.failed && performance.now() < end) {
    await sleep(500);
    seen = await stateOf(tab);
  }
  if (seen.failed) throw new Error(`${driver.engine}: the page of the contract failed at ${seen.at}: ${seen.failed}`);
  if (seen.results) return seen.results;
  throw new Error(
    `${driver.engine}: the page of the contract has not ended after ${runMs / 60_000} min, at ${seen.at}`,
  );
}

/** @param {Tab} tab @returns {Promise<{at: string, failed?: string, results?: Result[]}>} */
const stateOf = tab =>
  tab.evaluate(
    '({at: globalThis.contractAt ?? "its start", failed: globalThis.contractFailed, results: globalThis.contractResults})',
  );
