import {toKedgeError} from '@kedge/core';
import type {Seats} from '../control/line.js';
import {isInnocent} from '../failure.js';
import type {Healing} from '../healing/healing.js';
import type {Loaded, RuntimeHost} from '../loader.js';
import type {Host} from '../worker/host.js';
import {startSpare} from './start.js';

/** A version that one worker serves and another one has as well. */
interface Pair {
  /** The session that the loader knows it by. */
  readonly first: Loaded;
  serving: Loaded;
  spare: Loaded | undefined;
  /** Why there is none now. */
  why: string;
  starting: boolean;
  /** Starts in a row that failed. */
  failures: number;
}

/** What fails twice is not tried again until the version is started anew. */
const mostFailures = 2;

const isAlive = ({host, life}: Loaded) => host.life === life;

/** The second sessions of versions, each in the other of two workers. */
export class Spares implements Seats {
  readonly #healing: Healing;
  readonly #budgetBytes: number;
  readonly #onOpen: (spare: Host, first: Host) => void;
  /** Of each worker the other one. */
  readonly #others = new WeakMap<Host, RuntimeHost>();
  /** Under both sessions of it. */
  readonly #pairs = new WeakMap<Loaded, Pair>();
  readonly #all = new Set<Pair>();

  /** @param onOpen told of each second worker, and whose it is */
  constructor(healing: Healing, onOpen: (spare: Host, first: Host) => void) {
    this.#healing = healing;
    this.#budgetBytes = healing.options.workerBudgetBytes ?? 2 ** 29;
    this.#onOpen = onOpen;
  }

  /** Starts the second one in the background where it is missing. */
  of(loaded: Loaded): readonly Loaded[] {
    const pair = this.#pairOf(loaded);
    if (pair.serving !== loaded || !isAlive(loaded)) return [loaded];
    if (pair.spare && isAlive(pair.spare)) return [loaded, pair.spare];
    void this.#start(pair);
    return [loaded];
  }

  lost(session: Loaded): void {
    const pair = this.#pairs.get(session);
    if (!pair || isAlive(session)) return;
    // Of a version that was released no other one starts.
    if (pair.serving !== session) return void (this.#all.has(pair) && this.of(pair.serving));
    const {spare} = pair;
    if (!spare || !isAlive(spare)) return;
    // The room of what serves is what counts for others.
    Object.assign(session.place, {runtime: spare.runtime, life: spare.life});
    spare.place = session.place;
    pair.first.successor = session.successor = pair.serving = spare;
    pair.spare = undefined;
    void this.#start(pair);
  }

  /** Whether a version has a second session, and why not. */
  tell(loaded: Loaded): string {
    const both = this.of(loaded).length > 1;
    return both ? 'ready' : this.#pairOf(loaded).why;
  }

  /** Nobody answers with the version any more. @param drained resolves when nothing is asked of a session */
  async drop(loaded: Loaded, drained: (spare: Loaded) => Promise<void>): Promise<void> {
    const pair = this.#pairs.get(loaded);
    if (pair?.serving !== loaded || !this.#all.delete(pair)) return;
    this.#pairs.delete(loaded);
    const {spare} = pair;
    if (!spare || !isAlive(spare)) return;
    await drained(spare);
    await this.#end(spare);
  }

  #pairOf(loaded: Loaded): Pair {
    const known = this.#pairs.get(loaded);
    if (known) return known;
    const pair = {first: loaded, serving: loaded, spare: undefined, why: 'it starts', starting: false, failures: 0};
    this.#pairs.set(loaded, pair);
    this.#all.add(pair);
    return pair;
  }

  async #start(pair: Pair): Promise<void> {
    if (pair.starting || pair.failures >= mostFailures || !this.#mayHave(pair)) return;
    pair.starting = true;
    pair.why = 'it starts';
    try {
      const spare = await startSpare(this.#healing, pair.serving, this.#otherOf(pair.serving));
      pair.failures = 0;
      if (!this.#all.has(pair) || !isAlive(pair.serving)) return void (await this.#end(spare));
      this.#pairs.set(spare, pair);
      pair.spare = spare;
    } catch (error) {
      if (!isInnocent(error as Error)) pair.failures++;
      pair.why = toKedgeError(error, 'model_invalid', 'the spare worker').message;
    } finally {
      pair.starting = false;
    }
  }

  #mayHave(pair: Pair): boolean {
    const {digest, provider, place} = pair.serving;
    const others = [...this.#all].filter(other => other !== pair && (other.starting || other.spare));
    const bytes = 2 * others.reduce((sum, {serving}) => sum + serving.place.bytes, place.bytes);
    if (bytes > this.#budgetBytes)
      pair.why = `twice the bytes of all versions that have a spare worker would be ${bytes}, over workerBudgetBytes of ${this.#budgetBytes}`;
    else if (this.#healing.notes.isLooping(digest, provider)) pair.why = `it has crashed too often on ${provider}`;
    else return true;
    return false;
  }

  #otherOf({runtime}: Loaded): RuntimeHost {
    const known = this.#others.get(runtime.host);
    if (known) return known;
    // Under a descriptor of its own no version is placed there, and it ends with the client like all of them.
    const other = {descriptor: {...runtime.descriptor}, host: runtime.host.spare()};
    this.#healing.hosts.push(other);
    this.#others.set(runtime.host, other);
    this.#others.set(other.host, runtime);
    this.#onOpen(other.host, runtime.host);
    return other;
  }

  /** The worker as well, where nothing else is in it. */
  async #end(spare: Loaded): Promise<void> {
    if (isAlive(spare)) await spare.host.release(spare.handle);
    const isOthers = ({serving, spare: other, starting}: Pair) =>
      other?.host === spare.host || (starting && this.#others.get(serving.host)?.host === spare.host);
    if (![...this.#all].some(isOthers)) this.#healing.places.leave(spare.place);
  }
}
