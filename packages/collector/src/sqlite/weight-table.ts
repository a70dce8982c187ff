import type {ReleasedWeights} from '../store/event-store.js';
import type {Connection} from './connection.js';

type WeightRow = Omit<ReleasedWeights, 'weights'> & {weights: string};

const nameOf = ({experiment, phase, release}: Omit<ReleasedWeights, 'weights'>) =>
  JSON.stringify([experiment, phase, release]);

/** The weights of every release that was seen. A release never changes, so the first word on it stands. */
export class WeightTable {
  readonly #insert;
  readonly #list;
  readonly #known = new Set<string>();

  constructor(db: Connection) {
    this.#insert = db.prepare(
      'INSERT OR IGNORE INTO weights (experiment, phase, release, weights) VALUES (?, ?, ?, ?)',
    );
    this.#list = db.prepare('SELECT experiment, phase, release, weights FROM weights');
  }

  /** Those that this process has not stored yet. */
  unknown(weights: readonly ReleasedWeights[]): ReleasedWeights[] {
    return weights.filter(entry => !this.#known.has(nameOf(entry)));
  }

  add(entries: readonly ReleasedWeights[]): void {
    for (const entry of entries) {
      this.#insert.run(entry.experiment, entry.phase, entry.release, JSON.stringify(entry.weights));
      this.#known.add(nameOf(entry));
    }
  }

  list(): ReleasedWeights[] {
    const rows = this.#list.all() as WeightRow[];
    return rows.map(({experiment, phase, release, weights}) => ({
      experiment,
      phase,
      release,
      weights: JSON.parse(weights) as Record<string, number>,
    }));
  }
}
