import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright';
import {ensureChromium, launchOptions} from '../../../scripts/browser.mjs';
import {asJson} from './driver.mjs';
import {findProcess, killTree} from './process-tree.mjs';

/** @typedef {import('./driver.mjs').Tab} Tab */

/** Chromium by Playwright, over a profile on disk. @returns {Promise<import('./driver.mjs').Driver>} */
export async function openChromium() {
  await ensureChromium();
  const profile = mkdtempSync(join(tmpdir(), 'kedge-faults-chromium-'));
  // `handleSIGINT` would end an interrupted run in the middle of a row.
  const options = {...launchOptions(), headless: true, handleSIGINT: false};
  const launch = () => chromium.launchPersistentContext(profile, options);
  let context = await launch();
  let quota = await newSession(context);
  const reopen = async () => {
    context = await launch();
    quota = await newSession(context);
  };
  return {
    engine: 'chromium',
    version: context.browser()?.version() ?? (await versionOf(quota)),
    lacks: {},
    openTab: url => openTab(context, url),
    async killBrowser() {
      const ended = new Promise(resolve => context.once('close', resolve));
      await killTree(rootOf(profile));
      await ended;
      await reopen();
    },
    async evict(origin) {
      const storageTypes = 'indexeddb,cache_storage,file_systems,service_workers';
      await quota.send('Storage.clearDataForOrigin', {origin, storageTypes});
    },
    async wipe(origin) {
      await quota.send('Storage.clearDataForOrigin', {origin, storageTypes: 'all'});
    },
    async loseValueFiles() {
      await context.close();
      const folder = join(profile, 'Default', 'IndexedDB');
      const lost = readdirSync(folder).filter(name => name.endsWith('.indexeddb.blob'));
      if (lost.length === 0) throw new Error(`${folder} has no files of values`);
      for (const name of lost) rmSync(join(folder, name), {recursive: true});
      await reopen();
    },
    async limitStorage(origin, bytes) {
      await quota.send('Storage.overrideQuotaForOrigin', {origin, ...(bytes !== undefined && {quotaSize: bytes})});
    },
    setOffline: offline => context.setOffline(offline),
    async close() {
      await context.close();
      rmSync(profile, {recursive: true, force: true});
    },
  };
}

/** The page that a profile opens with stays open, and has the connection that lasts. @param {import('playwright').BrowserContext} context */
async function newSession(context) {
  return context.newCDPSession(context.pages()[0] ?? (await context.newPage()));
}

/** @param {import('playwright').CDPSession} session */
async function versionOf(session) {
  return (await session.send('Browser.getVersion')).product;
}

/** @param {string} profile */
function rootOf(profile) {
  const root = findProcess(
    ({command}) => command.includes(`--user-data-dir=${profile}`) && !command.includes('--type='),
  );
  if (!root) throw new Error(`no Chromium runs over ${profile}`);
  return root.pid;
}

/** @param {import('playwright').BrowserContext} context @param {string} url @returns {Promise<Tab>} */
async function openTab(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  return {
    goto: async next => void (await page.goto(next)),
    evaluate: async expression => JSON.parse(await page.evaluate(asJson(expression))),
    close: () => page.close(),
    async kill() {
      const session = await context.newCDPSession(page);
      const crashed = new Promise(resolve => page.once('crash', resolve));
      // Never answered: who would answer is dead.
      session.send('Page.crash').catch(() => {});
      await crashed;
      await page.close();
    },
  };
}
