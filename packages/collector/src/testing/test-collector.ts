import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {type Context, encodeBatch, type KedgeEvent} from '@kedge/core';
import Database from 'libsql';
import {afterEach, beforeEach} from 'vitest';
import {type Collector, type CollectorOptions, createCollector, openSqliteStore, type Report} from '../index.js';

export const context: Context = {
  unit: 'unit-1',
  model: 'digits',
  experiment: 'cnn',
  phase: 1,
  arm: 'champion',
  version: '1.0.0',
  digest: null,
  source: 'model',
  provider: 'wasm',
  release: 3,
};
export const at = 1_790_000_000_000;

export const assigned = (over: Partial<Context> = {}): KedgeEvent => ({
  kind: 'assigned',
  at,
  context: {...context, ...over},
});

export const predictions = (n: number, over: Partial<Context> = {}): KedgeEvent[] =>
  Array.from({length: n}, (_, i) => ({
    kind: 'prediction',
    at: at + i,
    context: {...context, ...over},
    latencyMs: 5,
    predicted: 1,
  }));

export interface Sent {
  producer?: string;
  seq?: number;
  writeKey?: string;
}

export const batchOf = (events: readonly KedgeEvent[], {producer = 'p', seq = 0, writeKey = 'key'}: Sent = {}) =>
  encodeBatch({writeKey, producer, epoch: 'e', seq, sdk: 'test'}, events);

export const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request('http://collector/v1/events', {method: 'POST', body, headers});

/** A collector on a database of its own, made anew for each test of the file that asks for it. */
export class TestCollector {
  folder = '';
  #collector: Collector | undefined;

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'kedge-collector-'));
      this.open();
    });
    afterEach(async () => {
      await this.#collector?.close();
      rmSync(this.folder, {recursive: true});
    });
  }

  get path(): string {
    return join(this.folder, 'events.db');
  }

  /** Closes the one before, and opens another on the same file. */
  async reopen(options: Partial<CollectorOptions> = {}): Promise<void> {
    await this.close();
    this.open(options);
  }

  open(options: Partial<CollectorOptions> = {}): void {
    const store = options.store ?? openSqliteStore({path: this.path});
    this.#collector = createCollector({writeKeys: [{key: 'key'}], ...options, store});
  }

  fetch(request: Request): Promise<Response> {
    return this.#collector!.fetch(request);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(new Request(`http://collector${path}`, {headers}));
  }

  close(): Promise<void> {
    return this.#collector!.close();
  }

  /** As a client does: one gzipped batch. */
  send(events: readonly KedgeEvent[], sent?: Sent): Promise<Response> {
    return this.fetch(post(gzipSync(JSON.stringify(batchOf(events, sent)))));
  }

  async report(query = ''): Promise<Report> {
    return (await (await this.get(`/v1/report${query}`)).json()) as Report;
  }

  /** The first arm of the first experiment. */
  async firstArm() {
    return (await this.report()).experiments[0]!.arms[0]!;
  }

  /** Rows of the database, through a connection of its own. */
  query<T>(sql: string): T[] {
    const db = new Database(this.path);
    try {
      return db.prepare(sql).all() as T[];
    } finally {
      db.close();
    }
  }
}
