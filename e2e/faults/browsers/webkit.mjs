import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {asJson} from './driver.mjs';
import {ensureWebkit} from './install.mjs';
import {killTree} from './process-tree.mjs';

const host = fileURLToPath(new URL('webkit-host.py', import.meta.url));
/** Characters of what it printed last, for whoever looks for the reason. */
const mostSaid = 2000;

/** WebKitGTK with its storage in a folder, on a display without a screen. @returns {Promise<import('./driver.mjs').Driver>} */
export async function openWebkit() {
  await ensureWebkit();
  const profile = mkdtempSync(join(tmpdir(), 'kedge-faults-webkit-'));
  const screen = await openScreen();
  let browser = new WebkitHost(profile, screen.display);
  const reopen = (quotaBytes = 0) => void (browser = new WebkitHost(profile, screen.display, quotaBytes));
  return {
    engine: 'webkit',
    version: await browser.ask({do: 'version'}),
    lacks: {
      'quota-of-blobs':
        "WebKit counts no Blobs against a site's quota: a model of 25 MB was stored whole on one of 2 MB",
      packs: 'only in Chromium are chunks put together',
      'value-files': 'only the profile of Chromium is known well enough to take them away',
      offline: 'WebKitGTK has no switch for it; the row with the unplugged server runs instead',
    },
    openTab: url => browser.openTab(url),
    async killBrowser() {
      await browser.kill();
      reopen();
    },
    evict: async () => void (await browser.ask({do: 'evict', everything: false})),
    wipe: async () => void (await browser.ask({do: 'evict', everything: true})),
    async limitStorage(_origin, bytes) {
      await browser.close();
      reopen(bytes);
    },
    async loseValueFiles() {
      throw new Error('value-files is among what this browser lacks');
    },
    async setOffline() {
      throw new Error('not used');
    },
    async close() {
      await browser.close();
      screen.close();
      rmSync(profile, {recursive: true, force: true});
    },
  };
}

async function openScreen() {
  const args = ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'];
  const child = spawn('Xvfb', args, {stdio: ['ignore', 'ignore', 'ignore', 'pipe']});
  const [number] = await once(/** @type {import('node:stream').Readable} */ (child.stdio[3]), 'data');
  return {display: `:${String(number).trim()}`, close: () => void child.kill()};
}

/** One run of the browser. */
class WebkitHost {
  #child;
  #next = 1;
  #nextTab = 1;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #asked = new Map();

  /** @param {string} profile @param {string} display @param {number} [quotaBytes] for each origin; 0 leaves it to the engine */
  constructor(profile, display, quotaBytes = 0) {
    const env = {
      ...process.env,
      DISPLAY: display,
      GDK_BACKEND: 'x11',
      NO_AT_BRIDGE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
      // Its sandbox needs what a container has not.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    };
    const args = ['-X', 'faulthandler', host, profile, String(quotaBytes)];
    this.#child = spawn('/usr/bin/python3', args, {env, stdio: ['pipe', 'pipe', 'pipe']});
    createInterface({input: this.#child.stdout}).on('line', line => this.#heard(JSON.parse(line)));
    let said = '';
    this.#child.stderr.on('data', text => void (said = (said + text).slice(-mostSaid)));
    this.#child.once('exit', (code, signal) => {
      const ended = () => this.#endedBy(`${signal ?? `exit code ${code}`}: ${said.trim()}`);
      // What it said last may still be on its way.
      setTimeout(ended, 200);
    });
  }

  /** @param {string} why */
  #endedBy(why) {
    for (const {reject} of this.#asked.values()) reject(new Error(`WebKitGTK ended by ${why}`));
    this.#asked.clear();
  }

  /** @param {Record<string, unknown>} command @returns {Promise<any>} */
  ask(command) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, {resolve, reject});
      this.#child.stdin.write(`${JSON.stringify({id, ...command})}\n`);
    });
  }

  /** @param {{id: number, value?: string, error?: string}} answer */
  #heard({id, value, error}) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  }

  /** @param {string} url @returns {Promise<import('./driver.mjs').Tab>} */
  async openTab(url) {
    const tab = this.#nextTab++;
    await this.ask({do: 'open', tab, url});
    return {
      goto: async next => void (await this.ask({do: 'go', tab, url: next})),
      evaluate: async expression => JSON.parse(await this.ask({do: 'run', tab, expression: asJson(expression)})),
      close: async () => void (await this.ask({do: 'close', tab})),
      kill: async () => void (await this.ask({do: 'kill', tab})),
    };
  }

  async kill() {
    await killTree(Number(this.#child.pid));
  }

  async close() {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}
