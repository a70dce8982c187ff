import {sha256} from '@kedge/core';
import {deleteDB} from 'idb';
import {afterEach, beforeEach, expect, vi} from 'vitest';
import {openIndexedDb} from '../src/store/indexeddb.js';
import type {Store} from '../src/store/store.js';
import type {Shelved} from './shelf.js';

/** An empty store on disk for each test, and what tests ask of it. */
export function useStore() {
  let name: string;
  let store: Store;
  beforeEach(async () => {
    name = `kedge-${crypto.randomUUID()}`;
    store = await openIndexedDb(name);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    store.close();
    await deleteDB(name);
  });
  return {
    current: () => store,
    database: () => name,
    expectWhole: (version: Shelved) => expectWhole(version, store),
    /** Of all chunks. */
    storedBytes: async () => [...(await store.held()).sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** The version is installed, and its bytes are the right ones. */
export async function expectWhole({blob, bytes, digest}: Shelved, store: Store): Promise<void> {
  const chunks = await Promise.all(blob.chunks.map(({sha256}) => store.getChunk(sha256)));
  const file = new Uint8Array(await new Blob(chunks.map(chunk => chunk ?? new Uint8Array(0))).arrayBuffer());
  expect([file.length, await sha256(crypto.subtle, file)]).toEqual([bytes.length, blob.sha256]);
  expect((await store.getRecord(digest))?.state).toBe('verified');
}
