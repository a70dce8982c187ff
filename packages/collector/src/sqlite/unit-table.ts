import {emptyUnit, type UnitSums} from '../store/unit-sums.js';
import type {Connection} from './connection.js';

/** What is kept of one unit, by the id of the arm. */
export type UnitArms = Map<number, UnitSums>;

interface UnitRow {
  arm: number;
  assigned_at: number | null;
  ready_at: number | null;
  served_at: number | null;
  labelled_at: number | null;
  predictions: number;
  labels: number;
  judged: number;
  correct: number;
}

const mostCached = 50_000;

const fromRow = (row: UnitRow): UnitSums => ({
  assignedAt: row.assigned_at,
  readyAt: row.ready_at,
  servedAt: row.served_at,
  labelledAt: row.labelled_at,
  predictions: row.predictions,
  labels: row.labels,
  judged: row.judged,
  correct: row.correct,
});

/** Sums by unit and arm. Reads through a cache; writes when told. */
export class UnitTable {
  readonly #cache = new Map<string, UnitArms>();
  readonly #dirty = new Map<UnitSums, {unit: string; arm: number}>();
  readonly #select;
  readonly #upsert;

  constructor(db: Connection) {
    this.#select = db.prepare('SELECT * FROM units WHERE unit = ?');
    this.#upsert = db.prepare('INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** All arms that a unit was counted in. */
  armsOf(unit: string): UnitArms {
    const known = this.#cache.get(unit);
    if (known) return known;
    const rows = this.#select.all(unit) as UnitRow[];
    const arms: UnitArms = new Map(rows.map(row => [row.arm, fromRow(row)]));
    this.#cache.set(unit, arms);
    return arms;
  }

  /** A unit's sums in one arm, made if there are none yet; they may be changed until `write`. */
  open(unit: string, arm: number): UnitSums {
    const arms = this.armsOf(unit);
    const sums = arms.get(arm) ?? emptyUnit();
    arms.set(arm, sums);
    this.#dirty.set(sums, {unit, arm});
    return sums;
  }

  write(): void {
    for (const [sums, {unit, arm}] of this.#dirty) this.#upsert.run(unit, arm, ...values(sums));
    this.#dirty.clear();
    if (this.#cache.size > mostCached) this.#cache.clear();
  }

  forget(): void {
    this.#cache.clear();
    this.#dirty.clear();
  }
}

const values = (sums: UnitSums) => [
  sums.assignedAt,
  sums.readyAt,
  sums.servedAt,
  sums.labelledAt,
  sums.predictions,
  sums.labels,
  sums.judged,
  sums.correct,
];
