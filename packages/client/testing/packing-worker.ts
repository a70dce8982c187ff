// A tab that puts chunks together, for as long as it lives.
import {expose} from 'comlink';
import {openIndexedDb} from '../src/store/indexeddb.js';

const tab = {
  async pack(database: string, digests: readonly string[]) {
    const store = await openIndexedDb(database);
    await store.getChunks(digests);
    await store.pack!();
  },
};
export type PackingTab = typeof tab;
expose(tab);
