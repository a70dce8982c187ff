// Another tab, as far as deliveries go: a thread of its own with its own connection to the store.
import {expose} from 'comlink';
import type {Progress} from '../src/api.js';
import {Manifests} from '../src/release/manifest.js';
import {openIndexedDb} from '../src/store/indexeddb.js';
import {MemoryStore} from '../src/store/memory.js';
import {Installs, type InstallsOptions} from '../src/worker/installs.js';
import {Keeping} from '../src/worker/keeping.js';
import {wholeInstall} from './whole-install.js';

export interface Wish {
  database: string;
  digest: string;
  /** What this browser lacks: `locks`, `disk`. */
  without: string;
  options: Omit<InstallsOptions, 'tell'>;
}

const controller = new AbortController();

/** What a test asks of a tab. */
const tab = {
  async install({database, digest, without, options}: Wish, onProgress: (progress: Progress) => void) {
    if (without.includes('locks')) Object.defineProperty(navigator, 'locks', {value: undefined});
    const tell = () => {};
    const open = async () => (without.includes('disk') ? new MemoryStore() : openIndexedDb(database));
    const keeping = new Keeping(
      {budgetBytes: null, marked: [], sessions: () => new Set(), tell, registries: [''], channel: 'prod'},
      open,
    );
    const installs = new Installs({...options, tell}, keeping, new Manifests([]));
    const wait = {signal: controller.signal, onProgress};
    const {downloadedBytes} = await wholeInstall(installs, {digest, variants: []}, wait);
    return downloadedBytes;
  },
  abort: () => controller.abort('enough'),
};
export type TabWorker = typeof tab;
expose(tab);
