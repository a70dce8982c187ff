import type {Manifest} from '@kedge/core';
import type {Run} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import {hasRows} from '../runtime/batch.js';
import type {Waiting} from './waiting.js';

/** Which calls go together as the rows of one batch. */
export class Batches {
  readonly #sizes = new WeakMap<Loaded, readonly number[]>();
  readonly #onFound: () => void;

  /** @param onFound told where more may go together than before */
  constructor(onFound: () => void) {
    this.#onFound = onFound;
  }

  /**
   * The first of what waits, and what goes with it: as many as were found to give each the result that it has alone.
   *
   * @param on the session that computes them
   * @param most as many as leave others their share
   */
  take(first: Waiting, waiting: readonly Waiting[], on: Loaded, most: number): readonly Waiting[] {
    if (waiting.length === 1 || !first.joins) return [first];
    const {loaded} = first.run;
    const others = waiting.filter(call => call.run.loaded === loaded && call.joins && first.equals(call));
    const size = others.length > 1 && this.#sizesOf(on).findLast(size => size <= Math.min(others.length, most));
    return size ? others.slice(0, size) : [first];
  }

  /** Whether more of them could go together. */
  areFew(calls: readonly Waiting[], on: Loaded, most: number): boolean {
    const size = this.#sizes.get(on)?.findLast(size => size <= most) ?? 1;
    return calls[0]!.joins && calls.length < size;
  }

  /** Ascending; none while they are looked for. */
  #sizesOf(loaded: Loaded): readonly number[] {
    const known = this.#sizes.get(loaded);
    if (!known) void this.#find(loaded);
    return known ?? [];
  }

  async #find(loaded: Loaded): Promise<void> {
    const {host, handle, life} = loaded;
    // Another worker's sessions have the same handles.
    if (life !== host.life) return;
    this.#sizes.set(loaded, []);
    // A session that can't be tried goes on one by one.
    this.#sizes.set(loaded, await host.batches(handle).catch(() => []));
    this.#onFound();
  }
}

const known = new WeakMap<Manifest, boolean>();

/** Whether a call has just one row: what more of them give is known for them alone. */
export function isRow({tensors, loaded: {manifest}}: Run): boolean {
  const rows = known.get(manifest) ?? hasRows(manifest);
  known.set(manifest, rows);
  return rows && Object.values(tensors).every(({shape}) => shape[0] === 1);
}
