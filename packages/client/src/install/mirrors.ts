/** One registry of several that should hold the same. */
export class Mirror {
  readonly registry: string;
  /** When it may be asked again, in `performance.now()` milliseconds. */
  readyAtMs = 0;
  /** Strong ETags of blobs, seen in this install; null where two answers differed. */
  readonly etags = new Map<string, string | null>();

  constructor(registry: string) {
    this.registry = registry;
  }
}

/** The registries of one install: the preferred one first, until it fails. That is remembered for the rest of the install. */
export class Mirrors {
  #mirrors: Mirror[];

  constructor(registries: readonly string[]) {
    this.#mirrors = registries.map(registry => new Mirror(registry));
  }

  /** @param last asked: again only when nothing else is left */
  best(refused: ReadonlySet<Mirror>, last?: Mirror): Mirror | undefined {
    const left = this.#mirrors.filter(mirror => !refused.has(mirror));
    return left.find(mirror => mirror !== last) ?? left[0];
  }

  /** It could not be reached, or gave something wrong: the others come first from now on, and before it those that failed earlier. */
  demote(mirror: Mirror): void {
    this.#mirrors = [...this.#mirrors.filter(other => other !== mirror), mirror];
  }
}
