/** @typedef {import('playwright').CDPSession} CDPSession */

/** An empty profile, in memory: a private window's. @param {CDPSession} browser the browser's own session @returns {Promise<string>} its name, for tabs */
export async function newProfile(browser) {
  return (await browser.send('Target.createBrowserContext')).browserContextId;
}

/** With its tabs, and all that it has stored. @param {CDPSession} browser @param {string} profile */
export async function removeProfile(browser, profile) {
  await browser.send('Target.disposeBrowserContext', {browserContextId: profile});
}

/**
 * A tab that nobody watches. Playwright has the browser report what its pages load, and for that Chromium keeps up to 20 MB of
 * each answer in the page's process: memory that a person's browser does not take, and time as well.
 */
export class BareTab {
  #browser;
  #targetId;
  #sessionId;
  #nextId = 1;
  /** @type {Map<number, (answer: any) => void>} */
  #pending = new Map();

  /** Resolves once the page has set a global of this name. @param {CDPSession} browser @param {string | undefined} profile the browser's own, which is on the disk, unless it is given @param {string} url @param {string} ready */
  static async open(browser, profile, url, ready) {
    const {targetId} = await browser.send('Target.createTarget', {url, ...(profile && {browserContextId: profile})});
    const {sessionId} = await browser.send('Target.attachToTarget', {targetId});
    const tab = new BareTab(browser, targetId, sessionId);
    while (!(await tab.evaluate(`'${ready}' in globalThis`))) await new Promise(resolve => setTimeout(resolve, 50));
    return tab;
  }

  /** @param {CDPSession} browser @param {string} targetId @param {string} sessionId */
  constructor(browser, targetId, sessionId) {
    this.#browser = browser;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
    browser.on('Target.receivedMessageFromTarget', this.#receive);
  }

  /** @param {{sessionId: string, message: string}} received */
  #receive = ({sessionId, message}) => {
    if (sessionId !== this.#sessionId) return;
    const answer = JSON.parse(message);
    this.#pending.get(answer.id)?.(answer);
    this.#pending.delete(answer.id);
  };

  /** What a script in the page gives, once it has settled. @param {string} expression @returns {Promise<any>} */
  async evaluate(expression) {
    const {result, error} = await this.#send('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
    if (error || result.exceptionDetails)
      throw new Error(error?.message ?? result.exceptionDetails.exception?.description ?? result.exceptionDetails.text);
    return result.result.value;
  }

  /** As long as this tab is open. @param {string} origin @param {number} quotaSize in bytes */
  async limitStorage(origin, quotaSize) {
    await this.#send('Storage.overrideQuotaForOrigin', {origin, quotaSize});
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  #send(method, params) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, resolve);
      const message = JSON.stringify({id, method, params});
      this.#browser.send('Target.sendMessageToTarget', {sessionId: this.#sessionId, message}).catch(reject);
    });
  }

  async close() {
    this.#browser.off('Target.receivedMessageFromTarget', this.#receive);
    await this.#browser.send('Target.closeTarget', {targetId: this.#targetId});
  }
}
