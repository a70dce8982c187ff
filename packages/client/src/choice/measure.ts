import {isKedgeError, type KedgeError, toKedgeError} from '@kedge/core';
import type {Healing} from '../healing/healing.js';
import type {Place} from '../healing/places.js';
import type {Journal} from '../journal.js';
import {type Loaded, newest} from '../loader.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {later} from '../worker/later.js';
import type {Choice} from './chosen.js';
import {givenUp} from './given-up.js';
import type {Findings, Settled} from './keep.js';
import type {ExplainOptions} from './options.js';
import type {DeviceFacts} from './probe.js';
import {type Candidate, fastest, goldenOf, median, notRun, refusedBy} from './rank.js';
import {hasThreads, isGone, type Session, threadsWithinMs, Trials} from './trials.js';

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
  run.trials.takeOver(provider);
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

type TellFailure = (provider: ExecutionProvider, error: KedgeError) => void;

class Measurement {
  readonly #healing: Healing;
  readonly #what: Measured;
  readonly #device: DeviceFacts;
  readonly trials: Trials;
  /** Of which nothing was found out. */
  readonly untried = new Set<ExecutionProvider>();
  /** Whether time was too short for one that could run. */
  short = false;
  /** Whether another visit may find out more: one was not tried, or failed in passing. What is wrong or slower stays so. */
  open = false;
  readonly #tellFailure: TellFailure;

  constructor(healing: Healing, what: Measured & {budgetMs: number}, device: DeviceFacts, tellFailure: TellFailure) {
    this.#healing = healing;
    this.#what = what;
    this.#device = device;
    this.#tellFailure = tellFailure;
    this.trials = new Trials(healing, what);
  }

  /** @throws the signal's reason, with nothing left running */
  async all(): Promise<Candidate[]> {
    try {
      return await this.#each();
    } catch (error) {
      this.trials.end();
      throw error;
    }
  }

  /** What serves is timed first: where it is fast enough, nothing else is fetched or started. */
  async #each(): Promise<Candidate[]> {
    const {loaded, fastEnoughMs = defaultFastMs, signal, onProvider} = this.#what;
    const others = providersOf(loaded.runtime.descriptor).filter(provider => provider !== loaded.provider);
    onProvider?.(loaded.provider);
    const serving = await this.#time(loaded, loaded.provider, this.trials.leftMs / 3);
    const enough = serving.medianMs !== null && serving.medianMs < fastEnoughMs;
    const candidates = [serving];
    for (const [i, provider] of others.entries()) {
      const most = this.trials.leftMs / (others.length - i);
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
    if (this.trials.leftMs >= needsMs) return undefined;
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
    const {places} = this.#healing;
    try {
      await this.trials.bring(place);
    } catch (error) {
      places.end(place);
      this.open = true;
      return notRun(provider, `it could not be brought to a worker of its own: ${(error as Error).message}`);
    }
    try {
      const counts = !!this.#what.asked || this.#isSoftware(provider);
      const trial = await this.trials.start(provider, place, counts);
      const candidate = await this.#time(trial, provider, Math.min(budgetMs, this.trials.leftMs));
      if (candidate.medianMs === null) places.end(place);
      else this.trials.open.set(provider, trial);
      return candidate;
    } catch (error) {
      places.end(place);
      return this.#refused(provider, toKedgeError(error, 'model_invalid', provider));
    }
  }

  async #time(session: Session, provider: ExecutionProvider, budgetMs: number): Promise<Candidate> {
    this.#what.signal?.throwIfAborted();
    const golden = goldenOf(this.#what.loaded.manifest);
    try {
      const times = await this.trials.time(session, provider, budgetMs);
      return {provider, golden, medianMs: median(times), runs: times.length, why: null};
    } catch (error) {
      if (!isLate(error)) throw error;
      return {...this.#late(provider, 'a run takes longer than the time for measuring'), golden};
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
      return hasThreads(provider) && this.trials.leftMs >= minMs
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
}

const isLate = (error: unknown) => isKedgeError(error) && error.code === 'deadline_exceeded';
