// Another tab, as far as deliveries go: a thread of its own with its own connection to the store.
import {expose} from 'comlink';
import type {Progress} from '../src/api.js';
import {Manifests} from '../src/release/manifest.js';
import {openIndexedDb} from '../src/store/indexeddb.js';
import {MemoryStore} from '../src/store/memory.js';
import {Installs, type InstallsOptions} from '../src/worker/installs.js';

export interface Wish {
  database: string;
  digest: string;
  /** What this browser lacks: `locks`, `disk`. */
  without: string;
  options: InstallsOptions;
}

const controller = new AbortController();

/** What a test asks of a tab. */
const tab = {
  async install({database, digest, without, options}: Wish, onProgress: (progress: Progress) => void) {
    if (without.includes('locks')) Object.defineProperty(navigator, 'locks', {value: undefined});
    const store = without.includes('disk') ? new MemoryStore() : openIndexedDb(database);
    const installs = new Installs(options, Promise.resolve(store), new Manifests([]));
    const {downloadedBytes} = await installs.install(digest, {signal: controller.signal, onProgress});
    return downloadedBytes;
  },
  abort: () => controller.abort('enough'),
};
export type TabWorker = typeof tab;
expose(tab);
