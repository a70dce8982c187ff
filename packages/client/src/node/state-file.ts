import {readFileSync, statSync} from 'node:fs';
import {recordUnder} from '../store/entries.js';
import {type CatalogRecord, type StoredRecord, toStored} from '../store/record.js';
import {replaceFile} from './files.js';
import {locked} from './lock-file.js';

/** Catalog and settings, which change together. */
export interface State {
  records: Map<string, CatalogRecord>;
  settings: Map<string, unknown>;
}

/** As the file has it: JSON. */
interface Written {
  records: Record<string, StoredRecord>;
  settings: Record<string, unknown>;
}

/** The state as one file, replaced whole: each change is a transaction, also for other threads and processes. */
export class StateFile {
  readonly #path: string;
  readonly #lock: string;
  #text = '';
  #stamp = '';

  constructor(path: string) {
    this.#path = path;
    this.#lock = `${path}.lock`;
  }

  /** A copy, as it is now. What does not read, of the whole or of a record, is absent. */
  read(): State {
    return parse(this.#current());
  }

  /**
   * Reads and writes in one step. Durable when it resolves. What `work` throws is thrown, and nothing is written.
   *
   * @param work asked again where others have changed it meanwhile, since this process stood still
   * @param written called when it is, before anybody else may change it
   */
  async change<T>(work: (state: State) => T, written?: () => void): Promise<T> {
    for (;;) {
      const done = await locked(this.#lock, isHeld => this.#try(work, isHeld, written));
      if (done) return done.result;
    }
  }

  #try<T>(work: (state: State) => T, isHeld: () => boolean, written?: () => void): {result: T} | undefined {
    const state = this.read();
    const before = textOf(state);
    const result = work(state);
    const after = textOf(state);
    const isDone = after === before ? isHeld() : replaceFile(this.#path, after, isHeld);
    if (!isDone) return undefined;
    written?.();
    return {result};
  }

  /** Read again only when it is another file: each change makes one. */
  #current(): string {
    const stat = statSync(this.#path, {bigint: true, throwIfNoEntry: false});
    const stamp = stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : '';
    if (stamp !== this.#stamp) [this.#text, this.#stamp] = [stat ? readFileSync(this.#path, 'utf8') : '', stamp];
    return this.#text;
  }
}

function parse(text: string): State {
  const {records = {}, settings = {}} = json(text);
  const read = Object.entries(records).flatMap(([digest, value]) => {
    const record = recordUnder(digest, value);
    return record ? [[digest, record] as const] : [];
  });
  return {records: new Map(read), settings: new Map(Object.entries(settings))};
}

function json(text: string): Partial<Written> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<Written>;
  } catch {
    return {};
  }
}

function textOf({records, settings}: State): string {
  const stored = [...records].map(([digest, record]) => [digest, toStored(record)] as const);
  const written: Written = {records: Object.fromEntries(stored), settings: Object.fromEntries(settings)};
  return JSON.stringify(written);
}
