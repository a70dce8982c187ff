import type {Rejected} from '../store/event-store.js';
import type {Connection} from './connection.js';

/** The newest are kept, so that nobody fills the disk with what cannot be read. */
const mostRows = 1_000;
/** Of a longer body only this much is kept, in bytes. */
const mostBytes = 64 * 1024;

/** Bodies that could not be read. */
export class QuarantineTable {
  readonly #insert;
  readonly #trim;

  constructor(db: Connection) {
    this.#insert = db.prepare('INSERT INTO quarantine (received_at, reason, body) VALUES (?, ?, ?)');
    this.#trim = db.prepare('DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?');
  }

  add(rejected: readonly Rejected[]): void {
    for (const {body, reason, receivedAt} of rejected)
      this.#insert.run(receivedAt, reason.slice(0, 1000), Buffer.from(body.subarray(0, mostBytes)));
    this.#trim.run(mostRows);
  }
}
