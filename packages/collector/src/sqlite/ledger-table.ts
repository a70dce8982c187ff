import type {Batch} from '@kedge/core';
import {cover, gaps, type Ranges} from '../store/ranges.js';
import type {Connection, Row} from './connection.js';

interface Entry {
  project: string;
  producer: string;
  epoch: string;
  ranges: Ranges;
}

const mostCached = 50_000;

/** Which events are stored already. Reads through a cache; writes when told. */
export class LedgerTable {
  readonly #cache = new Map<string, Entry>();
  readonly #dirty = new Set<Entry>();
  readonly #select;
  readonly #upsert;

  constructor(db: Connection) {
    this.#select = db.prepare('SELECT ranges FROM ledger WHERE project = ? AND producer = ? AND epoch = ?');
    this.#upsert = db.prepare(
      `INSERT INTO ledger (project, producer, epoch, ranges) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ranges = excluded.ranges`,
    );
  }

  /** Marks a batch's events as stored; returns the indexes `[start, end)` within the batch of those that were not. */
  claim(project: string, {producer, epoch, seq, kinds}: Batch): [number, number][] {
    const entry = this.#load(project, producer, epoch);
    const fresh = gaps(entry.ranges, seq, seq + kinds.length);
    if (fresh.length === 0) return [];
    entry.ranges = cover(entry.ranges, seq, seq + kinds.length);
    this.#dirty.add(entry);
    return fresh.map(([start, end]) => [start - seq, end - seq]);
  }

  write(): void {
    for (const {project, producer, epoch, ranges} of this.#dirty)
      this.#upsert.run(project, producer, epoch, JSON.stringify(ranges));
    this.#dirty.clear();
    if (this.#cache.size > mostCached) this.#cache.clear();
  }

  forget(): void {
    this.#cache.clear();
    this.#dirty.clear();
  }

  #load(project: string, producer: string, epoch: string): Entry {
    const key = JSON.stringify([project, producer, epoch]);
    const known = this.#cache.get(key);
    if (known) return known;
    const row = this.#select.get(project, producer, epoch) as Row<{ranges: string}>;
    const entry: Entry = {project, producer, epoch, ranges: row ? (JSON.parse(row.ranges) as Ranges) : []};
    this.#cache.set(key, entry);
    return entry;
  }
}
