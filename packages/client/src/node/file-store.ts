import {existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {KedgeError, toKedgeError} from '@kedge/core';
import {bytesOf} from '../store/bytes.js';
import {type Eviction, evictionsKey, orphans, withEvictions} from '../store/evictions.js';
import type {Named} from '../store/freeing.js';
import {goldenOrphans} from '../store/golden.js';
import {type CatalogRecord, namedBy} from '../store/record.js';
import type {Change, Held, RecordStep, Store, StoredChunk} from '../store/store.js';
import {addFiles, isTemporary, removeAbandoned} from './files.js';
import {type State, StateFile} from './state-file.js';

/**
 * Versions in a folder: each chunk a file named by its digest, catalog and settings one file. Any number of threads and
 * processes may use it; whatever one of them dies of, the others find the state before or after.
 */
class FileStore implements Store {
  readonly kind = 'file';
  readonly #directory: string;
  readonly #chunks: string;
  readonly #state: StateFile;
  readonly #onFull: (() => Promise<boolean>) | undefined;
  #closed = false;

  constructor(directory: string, onFull: (() => Promise<boolean>) | undefined) {
    this.#directory = directory;
    this.#chunks = join(directory, 'chunks');
    this.#state = new StateFile(join(directory, 'state.json'));
    this.#onFull = onFull;
    mkdirSync(this.#chunks, {recursive: true});
  }

  hasChunks(digests: readonly string[]) {
    return this.#run('looking up chunks', async () => {
      const stored = new Set(await readdir(this.#chunks));
      return new Set(digests.filter(digest => stored.has(digest)));
    });
  }

  async getChunks(digests: readonly string[]) {
    const stored = await this.hasChunks(digests);
    return digests.map(digest => (stored.has(digest) ? new ChunkFile(this.#path(digest)) : undefined));
  }

  async getChunk(sha256: string) {
    return this.#run('reading a chunk', () => bytesOf(new ChunkFile(this.#path(sha256))));
  }

  async putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    await this.#run('storing chunks', () =>
      addFiles(chunks.map(({sha256, data}) => ({path: this.#path(sha256), data}))),
    );
    return !!step && this.#take(step);
  }

  dropChunks(digests: readonly string[]) {
    return this.#run('removing chunks', async () => {
      await Promise.all(digests.map(digest => rm(this.#path(digest), {force: true})));
    });
  }

  getRecord(digest: string) {
    return this.#run('reading the catalog', async () => this.#state.read().records.get(digest));
  }

  records() {
    return this.#run('reading the catalog', async () => [...this.#state.read().records.values()]);
  }

  changeRecords(digests: readonly string[], change: Change) {
    return this.#change('writing the catalog', ({records}) => {
      const changed = digests.map(digest => change(records.get(digest), digest));
      for (const record of changed) if (record) records.set(record.digest, record);
    });
  }

  /** The catalog is written before the files go: a crash in between leaves some that nobody names, and the next sweep takes them. */
  sweep(choose: (held: Held) => readonly Eviction[], spared: Named = []) {
    let unnamed: readonly string[] = [];
    const sweep = (state: State) => {
      const {records, settings} = state;
      const {sizes} = this.#held(state);
      const evictions = choose({records: structuredClone([...records.values()]), sizes});
      for (const {digest} of evictions) records.delete(digest);
      unnamed = orphans(sizes.keys(), [...[...records.values()].flatMap(namedBy), ...spared]);
      for (const key of goldenOrphans(settings.keys(), new Set(records.keys()))) settings.delete(key);
      if (evictions.length > 0) settings.set(evictionsKey, withEvictions(settings.get(evictionsKey), evictions));
      return evictions;
    };
    return this.#change('removing versions', sweep, () => {
      this.#remove(unnamed);
      for (const folder of [this.#directory, this.#chunks]) removeAbandoned(folder);
    });
  }

  held() {
    return this.#run('reading the store', () =>
      this.#state
        .change(state => this.#held(state))
        .catch((error: NodeJS.ErrnoException) => {
          // Where nobody may write, there is nothing to wait for.
          if (error.code !== 'EROFS' && error.code !== 'EACCES') throw error;
          return this.#held(this.#state.read());
        }),
    );
  }

  getSetting(key: string) {
    return this.#run('reading a setting', async () => this.#state.read().settings.get(key));
  }

  async putSetting(keys: string | readonly string[], value: unknown) {
    const put = () =>
      this.#change('writing a setting', ({settings}) => {
        for (const key of [keys].flat()) settings.set(key, value);
      });
    try {
      await put();
    } catch (error) {
      const full = error instanceof KedgeError && error.code === 'storage_full';
      if (!full || !(await this.#onFull?.())) throw error;
      await put();
    }
  }

  changeSetting(key: string, change: (value: unknown) => unknown) {
    return this.#change('writing a setting', ({settings}) => {
      const value = change(settings.get(key));
      if (value === undefined) settings.delete(key);
      else settings.set(key, value);
    });
  }

  clear() {
    const forget = ({records, settings}: State) => {
      records.clear();
      settings.clear();
    };
    return this.#change('clearing the store', forget, () => this.#remove(readdirSync(this.#chunks)));
  }

  close() {
    this.#closed = true;
  }

  #take({digest, chunks, change}: RecordStep): Promise<boolean> {
    return this.#change('writing the catalog', ({records}) => {
      const areHere = chunks.every(sha256 => existsSync(this.#path(sha256)));
      const record = areHere ? change(records.get(digest), digest) : undefined;
      if (record) records.set(digest, record);
      return !!record;
    });
  }

  #held({records}: State): {records: CatalogRecord[]; sizes: Map<string, number>} {
    const sizes = new Map<string, number>();
    for (const name of readdirSync(this.#chunks)) {
      const stat = statSync(join(this.#chunks, name), {throwIfNoEntry: false});
      if (stat && !isTemporary(name)) sizes.set(name, stat.size);
    }
    return {records: [...records.values()], sizes};
  }

  #remove(names: readonly string[]): void {
    for (const name of names) rmSync(join(this.#chunks, name), {force: true});
  }

  #path(sha256: string): string {
    return join(this.#chunks, sha256);
  }

  #change<T>(doing: string, work: (state: State) => T, written?: () => void): Promise<T> {
    return this.#run(doing, () => this.#state.change(work, written));
  }

  async #run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new KedgeError('storage_unavailable', `${doing}: the store was closed`);
    try {
      return await work();
    } catch (error) {
      throw storageError(error, doing);
    }
  }
}

/** Of the process or the machine: the file itself may be whole. */
const passing = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY'];

/** Not read until its bytes are asked for. */
class ChunkFile extends Blob {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const data = await readFile(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (passing.includes(error.code!)) throw storageError(error, 'reading a chunk');
      // Had anew, as what a browser can't read any more.
      throw new DOMException(`${this.#path} can't be read: ${error.message}`, 'NotReadableError');
    });
    // Node may give small files as views of a larger buffer.
    return data.byteLength === data.buffer.byteLength ? data.buffer : new Uint8Array(data).buffer;
  }
}

function storageError(error: unknown, doing: string): Error {
  const {code} = error as NodeJS.ErrnoException;
  // Thrown by what was to be written, not by the disk.
  if (error instanceof TypeError && code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new KedgeError('storage_full', `${doing}: no space left for it; free space, or choose another directory`, {
      cause: error,
    });
  return toKedgeError(error, 'storage_unavailable', doing);
}

/** @param directory made if missing @param onFull makes room for a setting @throws KedgeError `storage_unavailable` where it can't be made or read */
export async function openFileStore(directory: string, onFull?: () => Promise<boolean>): Promise<Store> {
  try {
    const store = new FileStore(directory, onFull);
    await store.records();
    return store;
  } catch (error) {
    throw storageError(error, `opening ${directory}`);
  }
}
