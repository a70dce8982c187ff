import {randomId} from '../random-id.js';
import {type DBSchema, type IDBPDatabase, openDB} from 'idb';
import type {Group, LedgerEntry, Outbox, SealedBatch} from './outbox.js';

interface LedgerPage {
  epoch: string;
  seq: number;
  at: number;
  entries: Record<number, LedgerEntry>;
}

interface Schema extends DBSchema {
  groups: {key: [string, number]; value: Omit<Group, 'ledger'>};
  batches: {key: number; value: SealedBatch; indexes: {identity: [string, number]}};
  ledger: {key: [string, number]; value: LedgerPage; indexes: {at: number}};
  settings: {key: string; value: unknown};
}

class IndexedDbOutbox implements Outbox {
  readonly #db: IDBPDatabase<Schema>;

  constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  async producer(): Promise<string> {
    const tx = this.#db.transaction('settings', 'readwrite');
    const known = (await tx.store.get('producer')) as string | undefined;
    const producer = known ?? randomId();
    if (!known) void tx.store.put(producer, 'producer');
    await tx.done;
    return producer;
  }

  async append({ledger, ...group}: Group): Promise<void> {
    const tx = this.#db.transaction(['groups', 'ledger'], 'readwrite', {durability: 'relaxed'});
    void tx.objectStore('groups').put(group);
    const page = {epoch: group.epoch, seq: group.seq, at: group.at, entries: ledger};
    if (Object.keys(ledger).length > 0) void tx.objectStore('ledger').put(page);
    // Not left to the end of the task: at unload there may be no later.
    tx.commit();
    await tx.done;
  }

  async groups(): Promise<Group[]> {
    const groups = await this.#db.getAll('groups');
    return groups.map(group => ({...group, ledger: {}}));
  }

  async seal(groups: readonly Group[], batch: SealedBatch): Promise<void> {
    const tx = this.#db.transaction(['groups', 'batches'], 'readwrite', {durability: 'relaxed'});
    for (const {epoch, seq} of groups) void tx.objectStore('groups').delete([epoch, seq]);
    void tx.objectStore('batches').add(batch);
    await tx.done;
  }

  batches(limit: number): Promise<SealedBatch[]> {
    return this.#db.getAll('batches', undefined, limit);
  }

  async removeBatch({epoch, seq}: Pick<SealedBatch, 'epoch' | 'seq'>): Promise<void> {
    const tx = this.#db.transaction('batches', 'readwrite');
    const key = await tx.store.index('identity').getKey([epoch, seq]);
    if (key !== undefined) void tx.store.delete(key);
    await tx.done;
  }

  async removeGroups(groups: readonly Pick<Group, 'epoch' | 'seq'>[]): Promise<void> {
    const tx = this.#db.transaction('groups', 'readwrite');
    for (const {epoch, seq} of groups) void tx.store.delete([epoch, seq]);
    await tx.done;
  }

  async waiting(): Promise<number> {
    const tx = this.#db.transaction(['groups', 'batches']);
    const [groups, batches] = await Promise.all([
      tx.objectStore('groups').getAll(),
      tx.objectStore('batches').getAll(),
    ]);
    return groups.reduce((sum, {events}) => sum + events.length, 0) + batches.reduce((sum, {count}) => sum + count, 0);
  }

  async findPrediction(epoch: string, seq: number): Promise<LedgerEntry | undefined> {
    const range = IDBKeyRange.bound([epoch, 0], [epoch, seq]);
    const cursor = await this.#db.transaction('ledger').store.openCursor(range, 'prev');
    return cursor?.value.entries[seq];
  }

  async trimLedger(beforeMs: number): Promise<void> {
    const tx = this.#db.transaction('ledger', 'readwrite');
    const old = await tx.store.index('at').getAllKeys(IDBKeyRange.upperBound(beforeMs, true));
    for (const key of old) void tx.store.delete(key);
    await tx.done;
  }

  getSetting(key: string): Promise<unknown> {
    return this.#db.get('settings', key);
  }

  async putSetting(key: string, value: unknown): Promise<void> {
    await this.#db.put('settings', value, key);
  }

  async clear(): Promise<void> {
    const names = ['groups', 'batches', 'ledger', 'settings'] as const;
    const tx = this.#db.transaction(names, 'readwrite');
    for (const name of names) void tx.objectStore(name).clear();
    await tx.done;
  }

  close(): void {
    this.#db.close();
  }
}

/** Rejects where IndexedDB is missing, blocked or refused; the outbox is in memory then. */
export async function openIndexedDbOutbox(name: string): Promise<Outbox> {
  const db = await openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('groups', {keyPath: ['epoch', 'seq']});
      database.createObjectStore('batches', {autoIncrement: true}).createIndex('identity', ['epoch', 'seq']);
      database.createObjectStore('ledger', {keyPath: ['epoch', 'seq']}).createIndex('at', 'at');
      database.createObjectStore('settings');
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return new IndexedDbOutbox(db);
}
