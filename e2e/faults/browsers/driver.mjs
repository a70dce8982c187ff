/**
 * One port, three browsers. What an engine can't do here stands in `lacks`, with the reason; a row that needs it is skipped
 * and told.
 *
 * @typedef {'chromium' | 'firefox' | 'webkit'} Engine
 * @typedef {'kill-tab' | 'kill-one-tab' | 'kill-browser' | 'offline' | 'quota' | 'quota-of-blobs' | 'quota-unforeseen' | 'evict' | 'many-tabs' | 'value-files' | 'packs'} Ability
 *
 * @typedef {object} Tab
 * @property {(url: string) => Promise<void>} goto
 * @property {(expression: string) => Promise<any>} evaluate an expression in the page; what it resolves to, by way of JSON
 * @property {() => Promise<void>} close as a person closes it
 * @property {() => Promise<void>} kill its process dies; no handler of the page runs
 *
 * @typedef {object} Driver
 * @property {Engine} engine
 * @property {string} version
 * @property {Partial<Record<Ability, string>>} lacks
 * @property {(url: string) => Promise<Tab>} openTab
 * @property {() => Promise<void>} killBrowser SIGKILL for the whole tree of processes; the same profile is opened again
 * @property {(origin: string) => Promise<void>} evict what counts towards a site's quota (IndexedDB, caches, files), as a browser does that needs space; localStorage stays
 * @property {(origin: string) => Promise<void>} wipe everything that this origin stored, localStorage too
 * @property {() => Promise<void>} loseValueFiles the browser is closed, the files that large values lie in are removed from its profile, and it is opened again
 * @property {(origin: string, bytes: number | undefined) => Promise<void>} limitStorage may close every tab; undefined ends it
 * @property {(offline: boolean) => Promise<void>} setOffline
 * @property {() => Promise<void>} close
 */

/** @type {readonly Engine[]} */
export const engines = ['chromium', 'firefox', 'webkit'];

/** @param {Engine} engine @returns {Promise<Driver>} */
export async function openDriver(engine) {
  if (engine === 'chromium') return (await import('./chromium.mjs')).openChromium();
  if (engine === 'firefox') return (await import('./firefox.mjs')).openFirefox();
  return (await import('./webkit.mjs')).openWebkit();
}

/** What a page is asked, as text: every value crosses as JSON, so that three protocols give the same. @param {string} expression */
export const asJson = expression =>
  `(async () => { const value = await (${expression}); return JSON.stringify(value === undefined ? null : value); })()`;
