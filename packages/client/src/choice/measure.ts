import {isKedgeError, type KedgeError, toKedgeError} from '@kedge/core';
import type {ExplainOptions} from '../api.js';
import type {Healing} from '../healing/healing.js';
import type {Place} from '../healing/places.js';
import type {Journal} from '../journal.js';
import type {Loaded} from '../loader.js';
import {providersOf} from '../providers.js';
import {chosenKey} from '../names.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Host} from '../worker/host.js';
import {type DeviceFacts, probe} from './probe.js';
import {type Candidate, explained, fastest, goldenOf, median, notRun, refusedBy} from './rank.js';

/** What was measured of a version on this device, and what came of it. */
export interface Choice {
  provider: ExecutionProvider;
  /** The GPU that it holds for; empty without one. */
  gpu: string;
  /** Milliseconds since 1970. */
  at: number;
  /** As they were stored, for `readCandidates`. */
  candidates: unknown;
}

/** What serves, and by how much time it may be improved upon. */
export interface Measured extends Omit<ExplainOptions, 'budgetMs'> {
  loaded: Loaded;
  journal: Journal;
  budgetMs: number;
  fastEnoughMs: number;
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
 * @throws the signal's reason
 */
export async function measure(healing: Healing, asked: Measured): Promise<void> {
  // Another measurement may have found a faster one meanwhile.
  const what = {...asked, loaded: asked.loaded.successor ?? asked.loaded};
  const {loaded} = what;
  const {digest} = loaded;
  const device = await probe();
  const gpu = device.gpu?.name ?? '';
  if (!what.measure && healing.notes.choice(digest)?.gpu === gpu) return;
  const run = new Measurement(healing, what, device);
  const candidates = await run.all();
  const provider = fastest(candidates, loaded.provider);
  tell(what, candidates);
  run.takeOver(provider);
  // The next worker's runtime starts before anyone asks for a version, and can't change the number of its threads then.
  if (provider.startsWith('wasm'))
    void loaded.host.remember(chosenKey(loaded.runtime.descriptor.name, 'wasm'), provider).catch(() => {});
  healing.notes.choose(digest, loaded.host, {
    provider,
    gpu,
    at: Date.now(),
    candidates: explained(candidates, provider),
  });
}

/** Its build is fetched and started within that, most likely for nothing. */
const softwareFromMs = 5000;

/** Where a policy keeps threads from starting, onnxruntime waits for them for ever. */
const threadsWithinMs = 10_000;

/** What is not stored on this device is fetched for each trial. */
const bringWithinMs = 60_000;

const hasThreads = (provider: ExecutionProvider) => provider.includes(':');

/** The times side by side, where there is more than one. */
function tell({journal, loaded}: Measured, candidates: readonly Candidate[]): void {
  const tried = candidates.filter(({golden}) => golden !== 'not_run');
  if (tried.length < 2) return;
  for (const {provider, medianMs} of tried)
    if (medianMs !== null) journal.metric('kedge.warmMs', medianMs, {...loaded, provider});
}

class Measurement {
  readonly #healing: Healing;
  readonly #what: Measured;
  readonly #device: DeviceFacts;
  readonly #trials = new Map<ExecutionProvider, Trial>();
  #leftMs: number;

  constructor(healing: Healing, what: Measured, device: DeviceFacts) {
    this.#healing = healing;
    this.#what = what;
    this.#device = device;
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
    const {loaded, fastEnoughMs, signal} = this.#what;
    const others = providersOf(loaded.runtime.descriptor).filter(provider => provider !== loaded.provider);
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
    const {loaded, fastEnoughMs} = this.#what;
    const refused = [...loaded.refused].find(([, refusedOn]) => refusedOn === provider);
    if (refused) return refusedBy(provider, refused[0]);
    if (this.#healing.notes.isLooping(loaded.digest, provider))
      return notRun(provider, 'it has crashed too often here');
    if (goldenOf(loaded.manifest) === 'none')
      return notRun(provider, 'the version has no golden examples: nothing would tell whether it is right');
    if (enough) return notRun(provider, `what serves is fast enough (${fastEnoughMs} ms)`);
    if (provider === 'webgpu' && !this.#device.gpu) return notRun(provider, 'this browser gives no GPU');
    const software = provider === 'webgpu' && this.#device.gpu!.software;
    if (software && this.#leftMs < softwareFromMs)
      return notRun(provider, `its GPU is emulated in software: tried only with ${softwareFromMs} ms for measuring`);
    return this.#leftMs > 0 ? undefined : notRun(provider, 'the time for measuring was spent');
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
      return notRun(provider, `it could not be brought to a worker of its own: ${(error as Error).message}`);
    }
    try {
      const trial = await this.#start(provider, place);
      const candidate = await this.#time(trial, provider, Math.min(budgetMs, this.#leftMs));
      this.#trials.set(provider, trial);
      return candidate;
    } catch (error) {
      places.end(place);
      return this.#refused(provider, toKedgeError(error, 'model_invalid', provider));
    }
  }

  /** A GPU in software computes beside everything else, on the same cores: its start has to fit into the time as well. */
  async #start(provider: ExecutionProvider, place: Place): Promise<Trial> {
    const {loaded, signal} = this.#what;
    // Its host would begin a worker anew.
    signal?.throwIfAborted();
    const {host} = place.runtime;
    const {digest} = loaded;
    const software = provider === 'webgpu' && this.#device.gpu?.software;
    const land = this.#healing.flights.begin({stage: 'start', digest, provider});
    const began = performance.now();
    try {
      const wait = software ? {deadlineMs: this.#leftMs} : hasThreads(provider) ? {deadlineMs: threadsWithinMs} : {};
      const answer = await host.start(digest, provider, () => {}, wait);
      if ('spent' in answer) throw new TypeError('it did not start from its image');
      place.life = host.life;
      return {host, place, handle: answer.handle, life: host.life};
    } finally {
      land();
      if (software) this.#leftMs -= performance.now() - began;
    }
  }

  async #time(
    {host, handle}: Pick<Trial, 'host' | 'handle'>,
    provider: ExecutionProvider,
    budgetMs: number,
  ): Promise<Candidate> {
    this.#what.signal?.throwIfAborted();
    const began = performance.now();
    const times = await host.time(handle, budgetMs);
    this.#leftMs -= performance.now() - began;
    const medianMs = median(times);
    return {provider, golden: goldenOf(this.#what.loaded.manifest), medianMs, runs: times.length, why: null};
  }

  #refused(provider: ExecutionProvider, error: KedgeError): Candidate {
    const {journal, loaded, signal} = this.#what;
    signal?.throwIfAborted();
    if (error.code === 'deadline_exceeded')
      return notRun(
        provider,
        hasThreads(provider)
          ? `its threads did not start within ${threadsWithinMs} ms; does the page's worker-src allow them?`
          : 'it did not start within the time for measuring',
      );
    if (error.code === 'worker_lost') this.#healing.notes.crash(loaded.digest, loaded.host, provider, false);
    if (error.code !== 'closed') journal.failed(error.code, {...loaded, provider});
    const off = offBy(error);
    if (off !== undefined) journal.metric('kedge.goldenOff', off, {...loaded, provider});
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

/** By then what was asked of the slower session has its answer. */
const releaseAfterMs = 10_000;

/** How far the first wrong golden output was off, as the error says it. */
function offBy(error: KedgeError): number | undefined {
  if (!isKedgeError(error) || error.code !== 'golden_mismatch') return undefined;
  const [, want, have] = /expected (\S+), got ([^\s;]+)/.exec(error.message) ?? [];
  const off = Math.abs(Number(have) - Number(want));
  return Number.isFinite(off) ? off : undefined;
}
