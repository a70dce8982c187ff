import type {Healing} from '../healing/healing.js';
import type {Place} from '../healing/places.js';
import type {Loaded} from '../loader.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Host} from '../worker/host.js';
import type {Measured} from './measure.js';

/** An open session of a candidate in a worker of its own. */
interface Trial {
  host: Host;
  place: Place;
  handle: number;
  life: number;
}

/** What is timed. */
export type Session = Pick<Trial, 'host' | 'handle'>;

/** Where a policy keeps threads from starting, onnxruntime waits for them for ever. */
export const threadsWithinMs = 10_000;

/** What is not stored on this device is fetched for each trial. */
const bringWithinMs = 60_000;

/** By then what was asked of the slower session has its answer. */
const releaseAfterMs = 10_000;

export const hasThreads = (provider: ExecutionProvider) => provider.includes(':');

/** Workers in which candidates are tried, and the time that is left for it. */
export class Trials {
  readonly #healing: Healing;
  readonly #what: Measured;
  /** Those that may take over. */
  readonly open = new Map<ExecutionProvider, Trial>();
  leftMs: number;

  constructor(healing: Healing, what: Measured & {budgetMs: number}) {
    this.#healing = healing;
    this.#what = what;
    this.leftMs = what.budgetMs;
  }

  end(): void {
    for (const {place} of this.open.values()) this.#healing.places.end(place);
  }

  /** What runs from the memory of another worker is not in this one's. */
  async bring({runtime}: Place): Promise<void> {
    const {digest} = this.#what.loaded;
    await runtime.host.install({digest, variants: []}, () => {}, {deadlineMs: bringWithinMs});
  }

  /**
   * A GPU in software computes beside everything else, on the same cores: its start has to fit into the time as well, as all
   * that is asked for.
   *
   * @param counts whether it has to
   */
  async start(provider: ExecutionProvider, place: Place, counts: boolean): Promise<Trial> {
    const {loaded, signal} = this.#what;
    // Its host would begin a worker anew.
    signal?.throwIfAborted();
    const {host} = place.runtime;
    const {digest} = loaded;
    const withinMs = Math.min(
      counts ? Math.ceil(this.leftMs) : Infinity,
      hasThreads(provider) ? threadsWithinMs : Infinity,
    );
    const land = this.#healing.flights.begin({stage: 'start', digest, provider});
    const began = performance.now();
    try {
      const wait = withinMs < 2 ** 31 ? {deadlineMs: withinMs} : {};
      const answer = await host.start(digest, provider, () => {}, wait);
      if ('spent' in answer) throw new TypeError('it did not start from its image');
      place.life = host.life;
      return {host, place, handle: answer.handle, life: host.life};
    } finally {
      land();
      if (counts) this.leftMs -= performance.now() - began;
    }
  }

  /** @returns milliseconds of each run. @throws KedgeError `deadline_exceeded` where there is too little time */
  async time({host, handle}: Session, provider: ExecutionProvider, budgetMs: number): Promise<number[]> {
    const {asked, loaded} = this.#what;
    // The first of these runs may end the tab, as that of a session that serves.
    const land = this.#healing.flights.begin({stage: 'first run', digest: loaded.digest, provider});
    const startedMs = performance.now();
    // Two runs are made in any case, and the last one ends later: what is given up has no time at all.
    const options = asked ? {deadlineMs: Math.ceil(this.leftMs)} : {};
    const beginMs = asked ? Math.min(budgetMs, this.leftMs / 2) : budgetMs;
    try {
      return await this.#healing.inTime(host.time(handle, beginMs), {options, startedMs});
    } finally {
      land();
      const spentMs = performance.now() - startedMs;
      // Where one run takes longer than that, it is one that others may do better: they keep their share.
      this.leftMs -= asked ? spentMs : Math.min(spentMs, budgetMs);
    }
  }

  /** Runs that are under way end where they began; the next ones go to the faster session, which is open already. */
  takeOver(provider: ExecutionProvider): void {
    const {loaded} = this.#what;
    for (const [other, {place}] of this.open) if (other !== provider) this.#healing.places.end(place);
    const trial = this.open.get(provider);
    if (!trial) return;
    if (isGone(loaded) || isGone(trial)) return this.#healing.places.end(trial.place);
    loaded.successor = {...loaded, ...trial, runtime: trial.place.runtime, provider};
    setTimeout(() => void this.#healing.release(loaded).catch(() => {}), releaseAfterMs);
  }
}

/** Its worker was started anew meanwhile, or nobody answers with it any more: who loads it next starts where it is fastest. */
export const isGone = ({host, life, users}: Trial & Partial<Pick<Loaded, 'users'>>) =>
  life !== host.life || users?.count === 0;
