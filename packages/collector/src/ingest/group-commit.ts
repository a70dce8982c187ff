interface Waiting<T, R> {
  item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  /** How long the first item waits for company, in milliseconds. */
  delayMs: number;
  /** So many items go at once. */
  most: number;
}

/**
 * Items that arrive close together are committed together: one `fsync` for many requests. Everyone is answered after the
 * commit, and all of a group fail together.
 */
export class GroupCommit<T, R> {
  readonly #commit: (items: readonly T[]) => Promise<R[]>;
  readonly #options: GroupCommitOptions;
  #waiting: Waiting<T, R>[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(commit: (items: readonly T[]) => Promise<R[]>, options: GroupCommitOptions) {
    this.#commit = commit;
    this.#options = options;
  }

  /** How many wait for a commit. */
  get size(): number {
    return this.#waiting.length;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({item, resolve, reject});
      if (this.#waiting.length >= this.#options.most) void this.flush();
      else this.#timer ??= setTimeout(() => void this.flush(), this.#options.delayMs);
    });
  }

  /** Commits what waits now; resolves when it is answered. Never rejects: those who wait are told. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    this.#running = this.#running.then(() => this.#settle(group));
    return this.#running;
  }

  async #settle(group: readonly Waiting<T, R>[]): Promise<void> {
    if (group.length === 0) return;
    try {
      const results = await this.#commit(group.map(({item}) => item));
      group.forEach(({resolve}, i) => resolve(results[i]!));
    } catch (error) {
      for (const {reject} of group) reject(error);
    }
  }
}
