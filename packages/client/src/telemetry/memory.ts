import {randomId} from '../random-id.js';
import type {Group, LedgerEntry, Outbox, SealedBatch} from './outbox.js';

const same = (a: {epoch: string; seq: number}) => (b: {epoch: string; seq: number}) =>
  a.epoch === b.epoch && a.seq === b.seq;

/** The outbox where nothing may be written: what was not sent is gone with the page. */
export class MemoryOutbox implements Outbox {
  #producer = randomId();
  #groups: Group[] = [];
  #batches: SealedBatch[] = [];
  #ledger = new Map<string, LedgerEntry & {at: number}>();
  readonly #settings = new Map<string, unknown>();

  async producer() {
    return this.#producer;
  }

  async append(group: Group) {
    this.#groups.push(group);
    for (const [seq, entry] of Object.entries(group.ledger))
      this.#ledger.set(`${group.epoch} ${seq}`, {...entry, at: group.at});
  }

  async groups() {
    return this.#groups.map(group => ({...group, ledger: {}}));
  }

  async seal(groups: readonly Group[], batch: SealedBatch) {
    await this.removeGroups(groups);
    this.#batches.push(batch);
  }

  async batches(limit: number) {
    return this.#batches.slice(0, limit);
  }

  async removeBatch(batch: Pick<SealedBatch, 'epoch' | 'seq'>) {
    this.#batches = this.#batches.filter(other => !same(batch)(other));
  }

  async removeGroups(groups: readonly Pick<Group, 'epoch' | 'seq'>[]) {
    this.#groups = this.#groups.filter(group => !groups.some(same(group)));
  }

  async waiting() {
    return (
      this.#groups.reduce((sum, {events}) => sum + events.length, 0) +
      this.#batches.reduce((sum, {count}) => sum + count, 0)
    );
  }

  async findPrediction(epoch: string, seq: number) {
    const entry = this.#ledger.get(`${epoch} ${seq}`);
    return entry && {context: entry.context, predicted: entry.predicted, value: entry.value};
  }

  async trimLedger(beforeMs: number) {
    for (const [key, {at}] of this.#ledger) if (at < beforeMs) this.#ledger.delete(key);
  }

  async getSetting(key: string) {
    return this.#settings.get(key);
  }

  async putSetting(key: string, value: unknown) {
    this.#settings.set(key, value);
  }

  async clear() {
    this.#groups = [];
    this.#batches = [];
    this.#ledger.clear();
    this.#settings.clear();
    this.#producer = randomId();
  }

  close() {}
}
