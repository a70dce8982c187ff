import {readFileSync, writeFileSync} from 'node:fs';

/**
 * Memory of the processes that run pages, as the kernel counts it: resident bytes now, and the most since it was asked to
 * begin anew. Linux only. The DevTools protocol says which processes these are; its own heap counters leave out what the
 * network and IndexedDB hold for a page.
 */
export class PageMemory {
  #session;
  /** @type {Map<number, number>} */
  #before = new Map();

  /** @param {import('playwright').CDPSession} session of the browser */
  constructor(session) {
    this.#session = session;
  }

  /** Without the browser's own pages, as those of its address bar. @returns {Promise<number[]>} */
  async #renderers() {
    const {processInfo} = await this.#session.send('SystemInfo.getProcessInfo');
    const pids = processInfo.filter(({type}) => type === 'renderer').map(({id}) => id);
    return pids.filter(pid => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--top-chrome-webui'));
  }

  /** Once the pages have settled: for seconds after a page was opened, its process grows by 30 to 50 MiB with nothing to do. */
  async begin() {
    const pids = await this.#renderers();
    await settled(() => pids.reduce((sum, pid) => sum + statusBytes(pid, 'VmRSS'), 0));
    this.#before.clear();
    for (const pid of pids) {
      // 5 resets the high-water mark (proc(5)).
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
      this.#before.set(pid, statusBytes(pid, 'VmRSS'));
    }
  }

  /**
   * What the pages' processes hold, once it has settled and their garbage is gone, in bytes; without the pages of the browser's
   * own files, which the kernel takes and gives back as it likes.
   *
   * @param {import('playwright').Page} page
   */
  async held(page) {
    const pids = await this.#renderers();
    const own = (/** @type {number} */ pid) => statusBytes(pid, 'RssAnon') + statusBytes(pid, 'RssShmem');
    const now = () => pids.reduce((sum, pid) => sum + own(pid), 0);
    await settled(now);
    await collectGarbage(page);
    await settled(now);
    return now();
  }

  /** The most that was held beyond what was held at `begin`, in bytes. */
  peakExtra() {
    let sum = 0;
    for (const [pid, before] of this.#before) sum += Math.max(0, statusBytes(pid, 'VmHWM') - before);
    return sum;
  }
}

/**
 * Of the page and of each of its workers, twice: what one of them lets go of may be what another one's is held by. Memory
 * pressure alone leaves a worker what its young objects hold, which may be models' bytes.
 *
 * @param {import('playwright').Page} page
 */
async function collectGarbage(page) {
  const session = await page.context().newCDPSession(page);
  const workers = await workersOf(session);
  for (let i = 0; i < 2; i++) {
    await session.send('HeapProfiler.collectGarbage');
    for (const collect of workers) await collect();
  }
  await session.send('Memory.simulatePressureNotification', {level: 'critical'});
  await session.detach();
}

/** @param {import('playwright').CDPSession} session of a page @returns {Promise<(() => Promise<void>)[]>} collects the garbage of one worker each */
async function workersOf(session) {
  /** @type {string[]} */
  const ids = [];
  session.on('Target.attachedToTarget', ({sessionId}) => ids.push(sessionId));
  // Playwright's sessions have none of their own for workers: messages go through the page's.
  await session.send('Target.setAutoAttach', {autoAttach: true, waitForDebuggerOnStart: false, flatten: false});
  return ids.map(sessionId => async () => {
    const answered = new Promise(resolve => session.once('Target.receivedMessageFromTarget', resolve));
    const message = JSON.stringify({id: 1, method: 'HeapProfiler.collectGarbage'});
    await session.send('Target.sendMessageToTarget', {sessionId, message});
    await answered;
  });
}

/** Resolves when it has not grown for a second. @param {() => number} bytes */
async function settled(bytes) {
  for (let before = -Infinity, quiet = 0; quiet < 4;) {
    await new Promise(resolve => setTimeout(resolve, 250));
    const now = bytes();
    quiet = now > before + 2 ** 18 ? 0 : quiet + 1;
    before = now;
  }
}

/** @param {number} pid @param {string} field */
function statusBytes(pid, field) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
}
