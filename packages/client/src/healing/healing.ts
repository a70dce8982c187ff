import {type KedgeError, type Manifest} from '@kedge/core';
import type {KedgeOptions, Progress} from '../api.js';
import type {Choice} from '../choice/chosen.js';
import type {ExplainOptions} from '../choice/options.js';
import type {Asked, Explanation} from '../choice/explain.js';
import type {Journal} from '../journal.js';
import type {Loaded, RuntimeHost} from '../loader.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {asLost} from '../failure.js';
import {providersOf} from '../providers.js';
import {realm} from '../realm.js';
import type {Serving} from '../serving.js';
import type {Host} from '../worker/host.js';
import type {Wanted} from '../worker/installs.js';
import {later} from '../worker/later.js';
import {areNoted, type Flight, Flights} from './flights.js';
import {type Action, faultOf, inStart, poisons, type Situation} from './machine.js';
import {inTime} from './in-time.js';
import {loadVersion} from './load.js';
import {Notes} from './notes.js';
import {type Place, Places, type PlacesOptions} from './places.js';
import type {guard} from './breaker.js';
import type {Mending} from './mending.js';
import {type Run, Runs} from './runs.js';

/** A version that is installed and about to be started. */
export interface ToStart {
  runtime: RuntimeHost;
  place: Place;
  manifest: Manifest;
  digest: string;
  /** The worker that has just found or brought all of it; undefined once anything went wrong. */
  foundBy: {host: Host; life: number} | undefined;
  /** Told of what went wrong on the way. */
  problems: KedgeError[];
  /** Told of the providers that were given up, and why. */
  refused: Map<KedgeError, ExecutionProvider>;
  onProgress(progress: Progress): void;
  signal: AbortSignal;
}

type HealingOptions = PlacesOptions & Pick<KedgeOptions, 'choice' | 'hangSeconds' | 'spare'>;

/** Until a file that did not come is asked for again: without it nobody finds out that a worker is silent. */
const againMs = 5000;

/** What a client does about faults: which provider is tried, when a worker is given up, and what is remembered of it. */
export class Healing {
  readonly inTime = inTime;
  readonly runs = new Runs();
  readonly notes = new Notes();
  readonly flights = new Flights();
  readonly #dead: Promise<Flight[]>;
  /** Providers that this page has given up for their answers, or crashes, by version. The next page tries them again: odd inputs may be to blame. */
  readonly demoted = new Map<string, Set<ExecutionProvider>>();
  #mending: Mending | undefined;
  #guard: typeof guard | undefined;

  /** Of each runtime, and of trials. */
  readonly hosts: RuntimeHost[];
  readonly serving: Serving;
  readonly places: Places;
  readonly options: HealingOptions;
  /** Versions that were looked at in this page. */
  readonly #considered = new Set<string>();

  constructor(hosts: RuntimeHost[], serving: Serving, options: HealingOptions) {
    this.hosts = hosts;
    this.serving = serving;
    this.options = options;
    this.places = new Places(hosts, options, this.#watch);
    this.#dead = this.#takeDead();
  }

  /** Also so that a page which goes offline has the files by then. */
  readonly #watch = (): void => {
    const again = () => this.hosts[0]!.host.closed || setTimeout(this.#watch, againMs);
    const watch = async () => (await this.runs.control()).watch(this);
    inIdleTime(() => Promise.all([this.mending(), watch()]).catch(again));
  };

  /** Without the file that looks they are told at the next visit. */
  async #takeDead(): Promise<Flight[]> {
    return areNoted()
      ? notedFile().then(
          file => file.takeDead(),
          () => [],
        )
      : [];
  }

  /** What is done about runs that fail, fetched before one does. @throws KedgeError `network` */
  async mending(): Promise<Mending> {
    const {Mending} = await later('mending', import('../mending.js'));
    return (this.#mending ??= new Mending(this));
  }

  /** Gives it up for a while where it is late too often, or has collapsed. @param missed a run that was late; else there is time */
  guard(model: Parameters<typeof guard>[0], missed?: Run): void {
    // Hundreds may be late at once: asked for each, the file takes longer than what is done with it.
    const work = async () => (this.#guard ??= (await later('breaker', import('../breaker.js'))).guard)(model, missed);
    if (missed) work().catch(() => {});
    else inIdleTime(work);
  }

  /** @throws KedgeError why no execution provider can serve it, nor a smaller form of it; the signal's reason */
  load(wanted: Wanted, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Loaded> {
    return loadVersion(this, wanted, signal, onProgress);
  }

  /** Ends a session that nobody answers with any more. What is asked of it already is answered before. */
  async release(loaded: Loaded): Promise<void> {
    const {host, handle, life, place} = loaded;
    await this.runs.drained(loaded);
    // What took over serves the same version.
    if (!loaded.successor) loaded.unserve();
    // With its worker it is gone as well.
    if (host.life === life) await host.release(handle).catch(() => {});
    this.places.leave(place);
  }

  /** Measures in idle time whether another provider would serve it faster, and tells of those that are wrong. Never rejects. */
  consider(loaded: Loaded, journal: Journal): void {
    const budgetMs = savesData() ? 0 : this.options.choice?.budgetMs;
    const one = providersOf(loaded.runtime.descriptor).length < 2;
    if (one || this.#considered.has(loaded.digest) || (budgetMs === 0 && !loaded.refused.size)) return;
    this.#considered.add(loaded.digest);
    inIdleTime(async () =>
      (await later('choice', import('../choice.js'))).measure(this, {
        ...this.options.choice,
        ...{loaded, journal, budgetMs},
      }),
    );
  }

  /** @param models that were asked for. @throws as `explain` does */
  async explain(name: string, models: ReadonlyMap<string, Asked>, options?: ExplainOptions): Promise<Explanation> {
    return (await later('explain', import('../explain.js'))).explain(this, name, models.get(name), options);
  }

  /** What is noted of a version is read while it is looked for, or on its way. */
  async foresee(digest: string): Promise<Choice | undefined> {
    const {descriptor, host} = this.hosts[0]!;
    const [provider] = providersOf(descriptor);
    if (provider) await this.notes.read(digest, host, provider);
    return this.notes.choice(digest);
  }

  /** Execution providers that may serve a version, in the order of preference. Tells of those that crashed too often. */
  async candidates({runtime, manifest, digest, problems}: ToStart): Promise<ExecutionProvider[]> {
    const all = providersOf(runtime.descriptor);
    if (all[0]) await this.notes.read(digest, runtime.host, all[0]);
    const flights = await this.#dead;
    const dead = flights.filter(flight => flight.digest === digest);
    for (const flight of dead) {
      flights.splice(flights.indexOf(flight), 1);
      this.notes.crash(digest, runtime.host, flight.provider, true);
    }
    const looping = all.filter(provider => this.notes.isLooping(digest, provider));
    if (dead.length + looping.length) {
      const file = await notedFile().catch(() => undefined);
      problems.push(...(file?.crashes(manifest, dead, looping) ?? []));
    }
    const chosen = await this.#chosen(digest);
    const inOrder = new Set([...all.filter(provider => provider === chosen), ...all]);
    return [...inOrder].filter(provider => this.mayServe(digest, provider));
  }

  /** Undefined also where it was chosen on another GPU: this one may be emulated. Only WebGPU waits for the answer. */
  async #chosen(digest: string): Promise<ExecutionProvider | undefined> {
    const {provider, gpu} = {...this.notes.choice(digest)};
    const holds =
      provider !== 'webgpu' ||
      (await notedFile().then(
        ({isOn}) => isOn(gpu!),
        () => true,
      ));
    return holds ? provider : undefined;
  }

  /** What to do about a fault in `start`. A worker that can't be used again is replaced. */
  inStart(error: KedgeError, provider: ExecutionProvider, life: number, to: ToStart, tried: Tried): Action {
    const fault = faultOf(error);
    const {
      digest,
      runtime: {host},
    } = to;
    // A runtime that does not start may only lack a file.
    if (poisons(fault) && fault !== 'runtime') this.notes.crash(digest, host, provider, false);
    const pinned = tried.pinned && !!to.manifest.runtime.files;
    const looping = this.notes.isLooping(digest, provider);
    const action = inStart(fault, {...tried, stage: 'start', previous: false, failures: 0, pinned, looping});
    // The next worker takes the app's own files, or does not begin by itself with what this one may have died of.
    host.change(action === 'unpin' ? {pinned: false} : {warm: undefined});
    if (poisons(fault)) host.restart(asLost(error), life);
    return action;
  }

  /** Whether it was not given up for this version. */
  mayServe(digest: string, provider: ExecutionProvider): boolean {
    return !this.demoted.get(digest)?.has(provider) && !this.notes.isLooping(digest, provider);
  }
}

/** What is noted of a version, whether it holds, and what is told of it. */
export const notedFile = () => import('../noted.js');

/** What a start has tried of one provider, and what it has left. */
export type Tried = Pick<Situation, 'pinned' | 'others' | 'restarts' | 'repairs'>;

const savesData = () => (realm as {connection?: {saveData?: boolean}}).connection?.saveData;

/** Safari has no idle callbacks; by then a page has done its first things. */
const idleAfterMs = 1000;

export function inIdleTime(work: () => Promise<unknown>): void {
  const begin = () => void work().catch(() => {});
  if ('requestIdleCallback' in globalThis) requestIdleCallback(begin, {timeout: 10 * idleAfterMs});
  // Nothing that a process would stay alive for.
  else (setTimeout(begin, idleAfterMs) as {unref?: () => void}).unref?.();
}
