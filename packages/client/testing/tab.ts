import {proxy, type Remote, wrap} from 'comlink';
import {afterEach} from 'vitest';
import type {Progress} from '../src/api.js';
import type {Shelf, Shelved} from './shelf.js';
import type {TabWorker, Wish} from './tab-worker.js';

const open = new Set<Tab>();
afterEach(() => {
  for (const tab of open) tab.kill();
});

/** A tab of the same site that installs, and can be killed at any moment. */
export class Tab {
  readonly told: Progress[] = [];
  readonly #without: string;
  readonly #worker: Worker;
  readonly #remote: Remote<TabWorker>;

  /** @param without what its browser lacks: `locks`, `disk` */
  constructor(without = '') {
    this.#without = without;
    this.#worker = new Worker(new URL('./tab-worker.ts', import.meta.url), {type: 'module'});
    this.#remote = wrap(this.#worker);
    open.add(this);
  }

  /** @returns what it downloaded, in bytes */
  install(database: string, {digest}: Shelved, shelf: Shelf, stallMs = 15_000): Promise<number> {
    const options: Wish['options'] = {registries: [shelf.url], lanes: 3, stallMs};
    const wish = {database, digest, options, without: this.#without};
    return this.#remote.install(
      wish,
      proxy((progress: Progress) => void this.told.push(progress)),
    );
  }

  get states(): string[] {
    const words = this.told.map(progress => (progress.state === 'waiting' ? progress.reason : progress.state));
    return words.filter((word, i) => word !== words[i - 1]);
  }

  abort(): void {
    void this.#remote.abort();
  }

  kill(): void {
    this.#worker.terminate();
    open.delete(this);
  }
}
