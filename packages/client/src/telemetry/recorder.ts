import {randomId} from '../random-id.js';
import type {KedgeEvent} from '@kedge/core';
import type {Group, LedgerEntry, Outbox} from './outbox.js';
import {maxSealedEvents} from './seal.js';

const writeDelayMs = 250;

/**
 * Events from the call to the outbox: numbered at once, written together within 250 ms.
 *
 * Numbers are unique within an epoch, and no other tab or visit shares it: so numbering needs no coordination.
 */
export class Recorder {
  readonly epoch: string = randomId();
  readonly #onWritten: (group: Group) => void;
  readonly #onLost: (group: Group, error: unknown) => void;
  readonly #opening: Promise<Outbox>;
  #outbox: Outbox | undefined;
  #nextSeq = 0;
  #pending: Group | undefined;
  #unsealed: Group[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outbox: Promise<Outbox>, on: {written(group: Group): void; lost(group: Group, error: unknown): void}) {
    this.#opening = outbox;
    this.#onWritten = group => on.written(group);
    this.#onLost = (group, error) => on.lost(group, error);
    void outbox.then(opened => {
      this.#outbox = opened;
    });
  }

  /** Recorded here and not sealed yet: kept in memory as well, because at unload nothing can be read. */
  get unsealed(): readonly Group[] {
    return this.#pending ? [...this.#unsealed, this.#pending] : this.#unsealed;
  }

  /** @returns the event's name: its epoch and number */
  record(event: KedgeEvent, entry?: LedgerEntry): string {
    const seq = this.#nextSeq++;
    const group = (this.#pending ??= this.#begin(seq));
    group.events.push(event);
    if (entry) group.ledger[seq] = entry;
    if (group.events.length >= maxSealedEvents) void this.write();
    return `${this.epoch}.${seq}`;
  }

  #begin(seq: number): Group {
    this.#timer = setTimeout(() => void this.write(), writeDelayMs);
    return {epoch: this.epoch, seq, at: Date.now(), abandoned: false, events: [], ledger: {}};
  }

  /** Resolves when everything recorded so far is in the outbox, or lost and told. Never rejects. */
  write(): Promise<unknown> {
    const group = this.#pending;
    if (!group) return this.#writing;
    this.#pending = undefined;
    clearTimeout(this.#timer);
    this.#unsealed.push(group);
    // With an open outbox the transaction begins now, not after a turn of the loop: at unload there may be none.
    const appended = this.#outbox ? this.#outbox.append(group) : this.#opening.then(outbox => outbox.append(group));
    const settled = appended.then(
      () => this.#onWritten(group),
      (error: unknown) => {
        this.drop([group]);
        this.#onLost(group, error);
      },
    );
    this.#writing = Promise.all([this.#writing, settled]);
    return this.#writing;
  }

  /** The page goes away: what it leaves is marked as left. Must be called in the event itself, for there may be no later. */
  leave(): void {
    void this.write();
    for (const group of this.#unsealed) {
      group.abandoned = true;
      this.#outbox?.append(group).catch(() => {});
    }
  }

  /** These groups are sealed, delivered or lost. @returns those of them that were still here */
  drop(groups: readonly Pick<Group, 'epoch' | 'seq'>[]): Group[] {
    const gone = new Set(groups.map(({epoch, seq}) => `${epoch} ${seq}`));
    const dropped = this.#unsealed.filter(({epoch, seq}) => gone.has(`${epoch} ${seq}`));
    this.#unsealed = this.#unsealed.filter(group => !dropped.includes(group));
    return dropped;
  }

  /** Forgets what was recorded and not sealed. */
  async clear(): Promise<void> {
    this.#pending = undefined;
    clearTimeout(this.#timer);
    await this.#writing;
    this.#unsealed = [];
  }

  find(epoch: string, seq: number): LedgerEntry | undefined {
    return this.unsealed.find(group => group.epoch === epoch && seq in group.ledger)?.ledger[seq];
  }
}
