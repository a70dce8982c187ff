import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import puppeteer from 'puppeteer-core';
import {ensureFirefox} from './install.mjs';
import {asJson} from './driver.mjs';
import {killAll, killTree, treeOf} from './process-tree.mjs';

/** Firefox by WebDriver BiDi, over a profile on disk. @returns {Promise<import('./driver.mjs').Driver>} */
export async function openFirefox() {
  const executablePath = await ensureFirefox();
  const profile = mkdtempSync(join(tmpdir(), 'kedge-faults-firefox-'));
  /** @param {Record<string, unknown>} [prefs] */
  const launch = (prefs = {}) =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      // Else an interrupted run ends in the middle of a row.
      handleSIGINT: false,
      userDataDir: profile,
      protocolTimeout: 120_000,
      extraPrefsFirefox: {'dom.ipc.processPrelaunch.enabled': false, 'browser.tabs.unloadOnLowMemory': false, ...prefs},
    });
  let browser = await launch();
  /** Each origin's storage is a folder, as `http+++127.0.0.1+8080`. @param {string} origin @param {readonly string[]} parts */
  const remove = async (origin, parts) => {
    await browser.close();
    const folder = join(profile, 'storage', 'default', origin.replace('://', '+++').replace(':', '+'));
    for (const part of parts) rmSync(join(folder, part), {recursive: true, force: true});
    browser = await launch();
  };
  return {
    engine: 'firefox',
    version: await browser.version(),
    lacks: {
      packs: 'only in Chromium are chunks put together',
      'value-files': 'only the profile of Chromium is known well enough to take them away',
      'kill-one-tab': 'nobody tells which process has which tab, so that all of them are killed together',
      'quota-unforeseen':
        'Firefox says beforehand that it does not fit, as in quota-foreseen: nothing of it is begun on the disk',
      offline: 'WebDriver BiDi in this Firefox has no command for it; the row with the unplugged server runs instead',
    },
    openTab: url => openTab(browser, url),
    async killBrowser() {
      await killTree(Number(browser.process()?.pid));
      browser = await launch();
    },
    evict: origin => remove(origin, ['idb', 'cache', 'fs']),
    wipe: origin => remove(origin, ['']),
    async limitStorage(_origin, bytes) {
      await browser.close();
      // In KiB, for all origins together; -1 leaves it to the size of the disk.
      const limit = bytes === undefined ? -1 : Math.ceil(bytes / 1024);
      browser = await launch({'dom.quotaManager.temporaryStorage.fixedLimit': limit});
    },
    async loseValueFiles() {
      throw new Error('value-files is among what this browser lacks');
    },
    async setOffline() {
      throw new Error('not used');
    },
    async close() {
      await browser.close();
      rmSync(profile, {recursive: true, force: true});
    },
  };
}

/** Content processes of pages, as Firefox names them. @param {import('puppeteer-core').Browser} browser */
const contentProcesses = browser =>
  treeOf(Number(browser.process()?.pid)).filter(({command}) => /-contentproc .* tab $/.test(command));

/** @param {import('puppeteer-core').Browser} browser @param {string} url @returns {Promise<import('./driver.mjs').Tab>} */
async function openTab(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  return {
    goto: async next => void (await page.goto(next)),
    evaluate: async expression => JSON.parse(/** @type {string} */ (await page.evaluate(asJson(expression)))),
    close: () => page.close(),
    async kill() {
      // Which of them has this tab nobody tells; all of this browser's pages go.
      await killAll(contentProcesses(browser));
      await page.close().catch(() => {});
    },
  };
}
