import {isKedgeError, type KedgeError, toKedgeError} from '@kedge/core';
import type {Healing} from '../healing/healing.js';
import type {Place} from '../healing/places.js';
import type {Journal} from '../journal.js';
import {type Loaded, newest} from '../loader.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Host} from '../worker/host.js';
import {later} from '../worker/later.js';
import type {Choice} from './chosen.js';
import {givenUp} from './given-up.js';
import type {Findings, Settled} from './keep.js';
import type {ExplainOptions} from './options.js';
import type {DeviceFacts} from './probe.js';
import {type Candidate, fastest, goldenOf, median, notRun, refusedBy} from './rank.js';

/** What serves, and by how much time it may be improved upon. */
export interface Measured {
  loaded: Loaded;
  journal: Journal;
  /** 0: nothing is measured. @default 1500 */
  budgetMs?: number | undefined;
  /** @default 4 */
  fastEnoughMs?: number | undefined;
  /** Where the app asks for it, also where it was measured before, and never for longer than `budgetMs`: what is kept then. */
  asked?: (found: Findings, before: Choice | undefined) => Settled;
  onProvider?: ExplainOptions['onProvider'] | undefined;
  signal?: AbortSignal | undefined;
}

/** An open session of a candidate in a worker of its own. */
interface Trial {
  host: Host;
  place: Place;
  handle: number;
  life: number;
}

/**
 * Times what serves and every other provider that may, in workers of their own, and lets the fastest that is right take
 * over. Returns at once where this was done before and holds still, unless it is asked for.
 *
 * @throws the signal's reason, with nothing kept or left running but a run of what serves
 */
export function measure(healing: Healing, wanted: Measured): Promise<void> {
  const turn = last.then(() => measureNow(healing, wanted));
  last = turn.catch(() => {});
  return turn;
}

/** Two measurements at once would slow each other down, and both take over. */
let last: Promise<void> = Promise.resolve();

async function measureNow(healing: Healing, wanted: Measured): Promise<void> {
  wanted.signal?.throwIfAborted();
  // Another measurement may have found a faster one meanwhile.
  const what = {...wanted, loaded: newest(wanted.loaded)};
  const {loaded, asked, budgetMs = 1500} = what;
  const file = await later('noted', import('../noted.js'));
  if (!asked) file.tellRefused(what);
  if (budgetMs <= 0) return;
  const device = await file.probe();
  const gpu = file.gpuOf(device);
  const noted = healing.notes.choice(loaded.digest);
  const before = noted?.gpu === gpu && !noted.wrong ? noted : undefined;
  if (isGone(loaded) || (before && !asked && file.holds(before, loaded))) return;
  const run = new Measurement(healing, {...what, budgetMs}, device, (...failed) => file.tellFailure(what, ...failed));
  const candidates = await run.all();
  const provider = fastest(candidates, loaded.provider);
  file.tell(what, candidates);
  run.takeOver(provider);
  const found = {candidates, provider, untried: run.untried, short: run.short};
  const tries = triesAfter(run, before, !!asked);
  file.keep(healing, loaded, asked?.(found, before) ?? found, {gpu, tries});
}

/** What the app asked for with too little time leaves open no more than was. */
function triesAfter({open}: Measurement, before: Choice | undefined, asked: boolean): number | undefined {
  if (!open) return undefined;
  return asked && before ? before.tries : (before?.tries ?? 0) + 1;
}

/** Its build is fetched and started within that, most likely for nothing. */
const softwareFromMs = 5000;

/** Of `ChoiceOptions`. */
const defaultFastMs = 4;

/** Timers may be early by less than that. */
const minMs = 1;

/** Where a policy keeps threads from starting, onnxruntime waits for them for ever. */
const threadsWithinMs = 10_000;

/** What is not stored on this device is fetched for each trial. */
const bringWithinMs = 60_000;

const hasThreads = (provider: ExecutionProvider) => provider.includes(':');

type TellFailure = (provider: ExecutionProvider, error: KedgeError) => void;

class Measurement {
  readonly #healing: Healing;
  readonly #what: Measured;
  readonly #device: DeviceFacts;
  readonly #trials = new Map<ExecutionProvider, Trial>();
  /** Of which nothing was found out. */
  readonly untried = new Set<ExecutionProvider>();
  /** Whether time was too short for one that could run. */
  short = false;
  /** Whether another visit may find out more: one was not tried, or failed in passing. What is wrong or slower stays so. */
  open = false;
  readonly #tellFailure: TellFailure;
  #leftMs: number;

  constructor(healing: Healing, what: Measured & {budgetMs: number}, device: DeviceFacts, tellFailure: TellFailure) {
    this.#healing = healing;
    this.#what = what;
    this.#device = device;
    this.#tellFailure = tellFailure;
    this.#leftMs = what.budgetMs;
  }

  /** @throws the signal's reason, with nothing left running */
  async all(): Promise<Candidate[]> {
    try {
      return await this.#each();
    } catch (error) {
      for (const {place} of this.#trials.values()) this.#healing.places.end(place);
      throw error;
    }
  }

  /** What serves is timed first: where it is fast enough, nothing else is fetched or started. */
  async #each(): Promise<Candidate[]> {
    const {loaded, fastEnoughMs = defaultFastMs, signal, onProvider} = this.#what;
    const others = providersOf(loaded.runtime.descriptor).filter(provider => provider !== loaded.provider);
    onProvider?.(loaded.provider);
    const serving = await this.#time(loaded, loaded.provider, this.#leftMs / 3);
    const enough = serving.medianMs !== null && serving.medianMs < fastEnoughMs;
    const candidates = [serving];
    for (const [i, provider] of others.entries()) {
      const most = this.#leftMs / (others.length - i);
      candidates.push(this.#excused(provider, enough) ?? (await this.#tryUntilAborted(provider, most)));
    }
    signal?.throwIfAborted();
    return candidates;
  }

  /** One that is not tried at all. */
  #excused(provider: ExecutionProvider, enough: boolean): Candidate | undefined {
    const {loaded} = this.#what;
    const refused = [...loaded.refused].find(([, refusedOn]) => refusedOn === provider);
    if (refused) return this.#failed(provider, refused[0]);
    const why = this.#excuse(provider, enough);
    if (why === undefined) return undefined;
    this.untried.add(provider);
    return notRun(provider, why);
  }

  #excuse(provider: ExecutionProvider, enough: boolean): string | undefined {
    const {loaded, fastEnoughMs = defaultFastMs} = this.#what;
    const against = givenUp(this.#healing, loaded.digest, provider);
    if (against) {
      this.open = true;
      return against;
    }
    if (goldenOf(loaded.manifest) === 'none')
      return 'the version has no golden examples: nothing would tell whether it is right';
    if (enough) return `what serves is fast enough (${fastEnoughMs} ms)`;
    if (provider === 'webgpu' && !this.#device.gpu) return 'this browser gives no GPU';
    const needsMs = this.#isSoftware(provider) ? softwareFromMs : minMs;
    if (this.#leftMs >= needsMs) return undefined;
    this.short = this.open = true;
    return needsMs === softwareFromMs
      ? `its GPU is emulated in software: tried only with ${softwareFromMs} ms for measuring`
      : 'the time for measuring was spent';
  }

  #isSoftware(provider: ExecutionProvider): boolean {
    return provider === 'webgpu' && this.#device.gpu!.software;
  }

  /** An abort ends the worker, whatever it is at. */
  async #tryUntilAborted(provider: ExecutionProvider, budgetMs: number): Promise<Candidate> {
    const {loaded, signal, onProvider} = this.#what;
    const {places} = this.#healing;
    signal?.throwIfAborted();
    onProvider?.(provider);
    const place = places.take(loaded.manifest, true)!;
    const stop = () => places.end(place);
    signal?.addEventListener('abort', stop);
    try {
      return await this.#try(provider, place, budgetMs);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #try(provider: ExecutionProvider, place: Place, budgetMs: number): Promise<Candidate> {
    const {loaded} = this.#what;
    const {places} = this.#healing;
    try {
      // What runs from the memory of another worker is not in this one's.
      await place.runtime.host.install({digest: loaded.digest, variants: []}, () => {}, {deadlineMs: bringWithinMs});
    } catch (error) {
      places.end(place);
      this.open = true;
      return notRun(provider, `it could not be brought to a worker of its own: ${(error as Error).message}`);
    }
    try {
      const trial = await this.#start(provider, place);
      const candidate = await this.#time(trial, provider, Math.min(budgetMs, this.#leftMs));
      if (candidate.medianMs === null) places.end(place);
      else this.#trials.set(provider, trial);
      return candidate;
    } catch (error) {
      places.end(place);
      return this.#refused(provider, toKedgeError(error, 'model_invalid', provider));
    }
  }

  /** A GPU in software computes beside everything else, on the same cores: its start has to fit into the time as well, as all that is asked for. */
  async #start(provider: ExecutionProvider, place: Place): Promise<Trial> {
    const {loaded, signal, asked} = this.#what;
    // Its host would begin a worker anew.
    signal?.throwIfAborted();
    const {host} = place.runtime;
    const {digest} = loaded;
    const counts = asked || this.#isSoftware(provider);
    const withinMs = Math.min(
      counts ? Math.ceil(this.#leftMs) : Infinity,
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
      if (counts) this.#leftMs -= performance.now() - began;
    }
  }

  async #time(
    {host, handle}: Pick<Trial, 'host' | 'handle'>,
    provider: ExecutionProvider,
    budgetMs: number,
  ): Promise<Candidate> {
    this.#what.signal?.throwIfAborted();
    const {asked, loaded} = this.#what;
    const golden = goldenOf(loaded.manifest);
    // The first of these runs may end the tab, as that of a session that serves.
    const land = this.#healing.flights.begin({stage: 'first run', digest: loaded.digest, provider});
    const startedMs = performance.now();
    // Two runs are made in any case, and the last one ends later: what is given up has no time at all.
    const options = asked ? {deadlineMs: Math.ceil(this.#leftMs)} : {};
    const beginMs = asked ? Math.min(budgetMs, this.#leftMs / 2) : budgetMs;
    try {
      const times = await this.#healing.inTime(host.time(handle, beginMs), {options, startedMs});
      return {provider, golden, medianMs: median(times), runs: times.length, why: null};
    } catch (error) {
      if (!isLate(error)) throw error;
      return {...this.#late(provider, 'a run takes longer than the time for measuring'), golden};
    } finally {
      land();
      const spentMs = performance.now() - startedMs;
      // Where one run takes longer than that, it is one that others may do better: they keep their share.
      this.#leftMs -= asked ? spentMs : Math.min(spentMs, budgetMs);
    }
  }

  #late(provider: ExecutionProvider, why: string): Candidate {
    this.short = this.open = true;
    this.untried.add(provider);
    return notRun(provider, why);
  }

  #refused(provider: ExecutionProvider, error: KedgeError): Candidate {
    const {loaded, signal} = this.#what;
    signal?.throwIfAborted();
    if (isLate(error))
      return hasThreads(provider) && this.#leftMs >= minMs
        ? this.#threadless(provider)
        : this.#late(provider, 'it did not start within the time for measuring');
    if (error.code === 'worker_lost') this.#healing.notes.crash(loaded.digest, loaded.host, provider, false);
    this.#tellFailure(provider, error);
    return this.#failed(provider, error);
  }

  #threadless(provider: ExecutionProvider): Candidate {
    this.open = true;
    const why = `its threads did not start within ${threadsWithinMs} ms; does the page's worker-src allow them?`;
    return notRun(provider, why);
  }

  /** Wrong numbers stay wrong. A worker that was lost, or a file that did not come, may fare better in another visit; a GPU that is not there is told apart by its name. */
  #failed(provider: ExecutionProvider, error: KedgeError): Candidate {
    const isGpuless = provider === 'webgpu' && !this.#device.gpu;
    if (error.code !== 'golden_mismatch' && !isGpuless) this.open = true;
    return refusedBy(provider, error);
  }

  /** Runs that are under way end where they began; the next ones go to the faster session, which is open already. */
  takeOver(provider: ExecutionProvider): void {
    const {loaded} = this.#what;
    for (const [other, {place}] of this.#trials) if (other !== provider) this.#healing.places.end(place);
    const trial = this.#trials.get(provider);
    if (!trial) return;
    if (isGone(loaded) || isGone(trial)) return this.#healing.places.end(trial.place);
    loaded.successor = {...loaded, ...trial, runtime: trial.place.runtime, provider};
    setTimeout(() => void this.#healing.release(loaded).catch(() => {}), releaseAfterMs);
  }
}

/** Its worker was started anew meanwhile, or nobody answers with it any more: who loads it next starts where it is fastest. */
const isGone = ({host, life, users}: Trial & Partial<Pick<Loaded, 'users'>>) =>
  life !== host.life || users?.count === 0;

const isLate = (error: unknown) => isKedgeError(error) && error.code === 'deadline_exceeded';

/** By then what was asked of the slower session has its answer. */
const releaseAfterMs = 10_000;
