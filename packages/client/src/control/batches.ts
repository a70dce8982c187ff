import type {KedgeError, Manifest} from '@kedge/core';
import {innocent, isInnocent} from '../failure.js';
import {faultOf, poisons} from '../healing/machine.js';
import type {Run} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import {hasRows} from '../runtime/batch.js';
import {engineKey} from '../store/golden.js';
import type {Waiting} from './waiting.js';

/** What an earlier visit has noted, under which circumstances this one is, and how many may go together where they are the same. */
interface Noted {
  noted: unknown;
  where: string;
  known: readonly number[] | undefined;
}

/** Until it is known. */
const untried: readonly number[] = [];

/** Which calls go together as the rows of one batch. */
export class Batches {
  readonly #sizes = new WeakMap<Loaded, readonly number[]>();
  readonly #noted = new WeakMap<Loaded, Promise<Noted>>();
  /** Versions and providers of which a trial cost the worker. */
  readonly #never = new Set<string>();
  /** Sessions of which batches are tried, or whose worker was lost in that. */
  readonly #trying = new Set<Loaded>();
  readonly #onTried: (loaded: Loaded) => void;

  /** @param onTried told where more may go together than before, or the worker was lost */
  constructor(onTried: (loaded: Loaded) => void) {
    this.#onTried = onTried;
  }

  /** Whether a worker that is lost may have been lost by a trial, whatever was asked of it besides. */
  mayHaveLost({host, life}: Loaded): boolean {
    return [...this.#trying].some(tried => tried.host === host && tried.life === life);
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
    // A newest call has its own turn, in the worker of those before it.
    const others = waiting.filter(
      call =>
        call.run.loaded === loaded && call.joins && first.priority === call.priority && (first.latest || !call.latest),
    );
    const size = others.length > 1 && this.#find(on).findLast(size => size <= Math.min(others.length, most));
    return size ? others.slice(0, size) : [first];
  }

  /** How many go together; undefined until it is known. */
  sizesOf(on: Loaded): readonly number[] | undefined {
    const sizes = this.#sizes.get(on);
    return sizes === untried ? undefined : sizes;
  }

  /** Whether more of them could go together. */
  areFew(calls: readonly Waiting[], on: Loaded, most: number): boolean {
    const size = this.#sizes.get(on)?.findLast(size => size <= most) ?? 1;
    return calls[0]!.joins && calls.length < size;
  }

  /** Ascending; none while they are looked for. */
  #find(loaded: Loaded): readonly number[] {
    const known = this.#sizes.get(loaded);
    if (!known) void this.#look(loaded);
    return known ?? [];
  }

  async #look(loaded: Loaded): Promise<void> {
    // Another worker's sessions have the same handles.
    if (loaded.life !== loaded.host.life) return;
    this.#sizes.set(loaded, untried);
    this.#sizes.set(loaded, await this.#try(loaded));
    this.#onTried(loaded);
  }

  async #try(loaded: Loaded): Promise<readonly number[]> {
    const {host, handle} = loaded;
    const key = keyOf(loaded);
    const {noted, where, known} = await this.recall(loaded);
    if (known || this.#never.has(key)) return known ?? [];
    this.#trying.add(loaded);
    const sizes = await host.batches(handle).catch((error: KedgeError) => error);
    const failed = 'message' in sizes;
    // It stays there: runs that were lost with it may be told later.
    if (failed && hasCost(loaded, sizes)) this.#giveUp(loaded, key, where, noted);
    else this.#trying.delete(loaded);
    // A session that can't be tried goes on one by one.
    if (failed) return [];
    // None may be a slow moment's: the next visit tries again.
    if (sizes.length > 0) host.remember(key, {[where]: sizes}).catch(() => {});
    return sizes;
  }

  /** What earlier visits have found out: asked before calls wait together, the first of which may be many. Never rejects. */
  recall(loaded: Loaded): Promise<Noted> {
    if (!this.#noted.has(loaded)) this.#noted.set(loaded, this.#ask(loaded));
    return this.#noted.get(loaded)!;
  }

  async #ask(loaded: Loaded): Promise<Noted> {
    const {host, provider} = loaded;
    // A device that can't be asked can't try either.
    const [noted, where] = await host.recall(keyOf(loaded), provider).catch(() => ['', ''] as const);
    const found = noted === where ? [] : (noted as Record<string, number[]> | undefined)?.[where];
    // An odd note is none.
    const known = found?.every?.(size => size > 1) ? found : undefined;
    if (known && !this.#sizes.has(loaded)) this.#sizes.set(loaded, known);
    return {noted, where, known};
  }

  /** No call is to blame, and none may be asked of what a trap has left. */
  #giveUp({host, life}: Loaded, key: string, where: string, noted: unknown): void {
    this.#never.add(key);
    // A worker that is gone may have been lost by a run, but hardly in two visits.
    const once = host.life !== life && `once ${where}`;
    host.restart(innocent('it could not make a batch'), life);
    host.remember(key, once && noted !== once ? once : where).catch(() => {});
  }
}

/** tfjs has more threads where a page is isolated, and does not say so. */
const keyOf = ({digest, provider}: Loaded) =>
  engineKey(digest, `batches ${provider} ${globalThis.crossOriginIsolated}`);

/** Whether the worker is lost, or can't be used again, and by nobody's wish. */
function hasCost({host, life}: Loaded, error: KedgeError): boolean {
  const fault = faultOf(error);
  // Of a session that was released meanwhile it says in no words of Kedge's that there is none.
  return !isInnocent(error) && poisons(fault) && (fault !== 'crash' || host.life !== life);
}

const known = new WeakMap<Manifest, boolean>();

/** Whether a call has just one row: what more of them give is known for them alone. */
export function isRow({tensors, loaded: {manifest}}: Run): boolean {
  const rows = known.get(manifest) ?? hasRows(manifest);
  known.set(manifest, rows);
  return rows && Object.values(tensors).every(({shape}) => shape[0] === 1);
}
