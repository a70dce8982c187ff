import {type ArmSums, emptyArm, parseArm} from '../store/arm-sums.js';
import type {ArmFilter, ArmKey, ArmRecord} from '../store/event-store.js';
import type {Connection, Row} from './connection.js';

/** An arm while it is counted into. */
export interface ArmEntry {
  id: number;
  /** Equal for the arms of one question: project, experiment, model and phase. */
  question: string;
  sums: ArmSums;
}

const mostCached = 1_000;
/** Write keys are public: past so many arms, new ones count together, so that nobody can make the report grow forever. */
const mostArms = 5_000;
const overflow = {experiment: '', phase: 0, model: 'other', arm: ''};
const columns = 'project, experiment, phase, model, arm, sums';

/** Sums by arm. Reads through a cache; writes when told. */
export class ArmTable {
  readonly #cache = new Map<string, ArmEntry>();
  readonly #byId = new Map<number, ArmEntry>();
  readonly #dirty = new Set<ArmEntry>();
  readonly #select;
  readonly #selectById;
  readonly #insert;
  readonly #update;
  readonly #list;
  readonly #count;

  constructor(db: Connection) {
    this.#select = db.prepare(
      'SELECT id, sums FROM arms WHERE project = ? AND experiment = ? AND phase = ? AND model = ? AND arm = ?',
    );
    this.#selectById = db.prepare(`SELECT ${columns} FROM arms WHERE id = ?`);
    this.#insert = db.prepare(`INSERT INTO arms (${columns}) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`);
    this.#update = db.prepare('UPDATE arms SET sums = ? WHERE id = ?');
    this.#count = db.prepare('SELECT count(*) AS n FROM arms');
    this.#list = db.prepare(`SELECT ${columns} FROM arms ORDER BY project, experiment, model, phase, arm`);
  }

  /** The arm, made if there is none yet; its sums may be changed until `write`. */
  open(key: ArmKey): ArmEntry {
    const name = JSON.stringify([key.project, key.experiment, key.phase, key.model, key.arm]);
    const entry = this.#cache.get(name) ?? this.#load(name, key);
    this.#dirty.add(entry);
    return entry;
  }

  /** An arm that a unit was counted in; it exists. */
  byId(id: number): ArmEntry {
    const known = this.#byId.get(id);
    return known ?? this.open(this.#selectById.get(id) as ArmKey);
  }

  write(): void {
    for (const {id, sums} of this.#dirty) this.#update.run(JSON.stringify(sums), id);
    this.#dirty.clear();
    if (this.#cache.size > mostCached) this.forget();
  }

  forget(): void {
    this.#cache.clear();
    this.#byId.clear();
    this.#dirty.clear();
  }

  list({project, experiment, phase}: ArmFilter): ArmRecord[] {
    const rows = this.#list.all() as (ArmKey & {sums: string})[];
    return rows
      .filter(row => project === undefined || row.project === project)
      .filter(row => experiment === undefined || row.experiment === experiment)
      .filter(row => phase === undefined || row.phase === phase)
      .map(row => ({
        project: row.project,
        experiment: row.experiment,
        phase: row.phase,
        model: row.model,
        arm: row.arm,
        sums: parseArm(row.sums),
      }));
  }

  #isFull(): boolean {
    return (this.#count.get() as {n: number}).n >= mostArms;
  }

  #load(name: string, {project, experiment, phase, model, arm}: ArmKey): ArmEntry {
    const values = [project, experiment, phase, model, arm];
    const found = this.#select.get(...values) as Row<{id: number; sums: string}>;
    if (!found && model !== overflow.model && this.#isFull()) return this.open({project, ...overflow});
    const id = found?.id ?? (this.#insert.get(...values, JSON.stringify(emptyArm())) as {id: number}).id;
    const question = JSON.stringify([project, experiment, model, phase]);
    const entry = {id, question, sums: found ? parseArm(found.sums) : emptyArm()};
    this.#cache.set(name, entry);
    this.#byId.set(id, entry);
    return entry;
  }
}
