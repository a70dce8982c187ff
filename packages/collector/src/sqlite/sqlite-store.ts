import type {
  ArmFilter,
  ArmRecord,
  EventStore,
  ReceivedBatch,
  Rejected,
  ReleasedWeights,
  Written,
} from '../store/event-store.js';
import {ArmTable} from './arm-table.js';
import {connect, type Connection} from './connection.js';
import {Counter} from './counter.js';
import {LedgerTable} from './ledger-table.js';
import {QuarantineTable} from './quarantine-table.js';
import {UnitTable} from './unit-table.js';
import {WeightTable} from './weight-table.js';

export interface SqliteStoreOptions {
  /** A file, made if missing; its folder must exist. `:memory:` keeps nothing. */
  path: string;
}

/**
 * Events in one SQLite file (WAL, `synchronous = FULL`): what `write` resolved for survives a crash and a power cut.
 * Several processes may open one file; they take turns.
 *
 * @throws Error when the file cannot be opened, or is of a later version
 */
export function openSqliteStore({path}: SqliteStoreOptions): EventStore {
  return new SqliteStore(connect(path));
}

class SqliteStore implements EventStore {
  readonly #db: Connection;
  readonly #ledger: LedgerTable;
  readonly #arms: ArmTable;
  readonly #units: UnitTable;
  readonly #counter: Counter;
  readonly #quarantine: QuarantineTable;
  readonly #weights: WeightTable;
  readonly #insertBatch;
  readonly #dataVersion;
  #seenVersion = 0;

  constructor(db: Connection) {
    this.#db = db;
    this.#ledger = new LedgerTable(db);
    this.#arms = new ArmTable(db);
    this.#units = new UnitTable(db);
    this.#counter = new Counter(this.#arms, this.#units);
    this.#quarantine = new QuarantineTable(db);
    this.#weights = new WeightTable(db);
    this.#insertBatch = db.prepare(
      'INSERT INTO batches (project, producer, epoch, seq, events, received_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#dataVersion = db.prepare('PRAGMA data_version');
  }

  async write(batches: readonly ReceivedBatch[]): Promise<Written[]> {
    return this.#transaction(() => {
      const written = batches.map(batch => this.#take(batch));
      this.#ledger.write();
      this.#units.write();
      this.#arms.write();
      return written;
    });
  }

  async quarantine(rejected: readonly Rejected[]): Promise<void[]> {
    return this.#transaction(() => {
      this.#quarantine.add(rejected);
      return rejected.map(() => undefined);
    });
  }

  async arms(filter: ArmFilter = {}): Promise<ArmRecord[]> {
    return this.#arms.list(filter);
  }

  async rememberWeights(weights: readonly ReleasedWeights[]): Promise<void> {
    const unknown = this.#weights.unknown(weights);
    if (unknown.length > 0) this.#transaction(() => this.#weights.add(unknown));
  }

  async weights(): Promise<ReleasedWeights[]> {
    return this.#weights.list();
  }

  async check(): Promise<void> {
    this.#db.prepare('SELECT count(*) FROM arms').get();
  }

  async close(): Promise<void> {
    if (!this.#db.open) return;
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #take(received: ReceivedBatch): Written {
    const {project, batch, events} = received;
    const fresh = this.#ledger.claim(project, batch);
    const accepted = fresh.reduce((sum, [start, end]) => sum + end - start, 0);
    if (accepted > 0) {
      this.#insertBatch.run(
        project,
        batch.producer,
        batch.epoch,
        batch.seq,
        events.length,
        received.receivedAt,
        received.body,
      );
      this.#counter.count(received, fresh);
    }
    return {accepted, duplicates: events.length - accepted};
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#forgetWhatOthersChanged();
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#forget();
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** The caches mirror the file, as long as nobody else writes to it. */
  #forgetWhatOthersChanged(): void {
    const {data_version: version} = this.#dataVersion.get() as {data_version: number};
    if (version !== this.#seenVersion) this.#forget();
    this.#seenVersion = version;
  }

  #forget(): void {
    this.#ledger.forget();
    this.#arms.forget();
    this.#units.forget();
  }
}
