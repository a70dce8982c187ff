import type {KedgeError} from '@kedge/core';
import {asLost} from '../failure.js';
import type {Loaded} from '../loader.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {Breaker, type Guarded} from './breaker.js';
import {longer} from './circuit.js';
import type {Healing} from './healing.js';
import {type Action, type Fault, faultOf, inRun, mayReplace, poisons} from './machine.js';
import type {Run} from './runs.js';

/** Until a version whose worker is gone, and does not start, is tried again. */
const [againMs, mostMs] = [1000, 300_000];

/** Nothing that a process would stay alive for. */
const pause = (ms: number) =>
  new Promise<void>(resolve => (setTimeout(resolve, ms) as unknown as {unref?: () => void}).unref?.());

/** A model whose worker is gone. */
interface Fallen {
  /** Whether it serves by now, or is wanted no more. */
  isOver(): boolean;
  load(): Promise<Loaded>;
  use(loaded: Loaded): void;
}

/** Runs of a model that failed in a row, and where. */
export interface Failed {
  at: string;
  runs: number;
}

/** What took over begins anew. */
function count(failed: Failed, {digest, provider}: Loaded): number {
  const at = `${digest} ${provider}`;
  if (failed.at !== at) Object.assign(failed, {at, runs: 0});
  return ++failed.runs;
}

/** What a client does about runs that fail. */
export class Mending {
  readonly #healing: Healing;
  readonly #counted = new WeakSet<Loaded>();

  constructor(healing: Healing) {
    this.#healing = healing;
  }

  /** What to do about a run that failed. A worker that can't be used again is replaced. @param previous see `Situation` */
  inRun({loaded, restarts, counts, alone}: Run, error: KedgeError, previous: boolean, failed: Failed): Action {
    const failures = count(failed, loaded);
    const fault = faultOf(error);
    if (poisons(fault)) this.#replace(loaded, error, counts && fault !== 'memory');
    const others = this.#others(loaded, fault).length;
    const looping = this.#healing.notes.isLooping(loaded.digest, loaded.provider);
    // What spent the memory would do so again, unless it was one of several, or was told of a lost worker.
    if (fault === 'memory' && !alone && error.code !== 'worker_lost') restarts = Math.max(restarts, 1);
    const action = inRun(fault, {
      stage: 'run',
      pinned: false,
      repairs: 0,
      restarts,
      previous,
      failures,
      others,
      looping,
    });
    if (action === 'demote') this.#demote(loaded, fault);
    return action;
  }

  /** @param counts as a crash. Runs that failed together are one; what is too large for the memory is none. */
  #replace(loaded: Loaded, error: KedgeError, counts: boolean): void {
    const {digest, host, provider, life} = loaded;
    host.restart(asLost(error), life);
    if (counts && !this.#counted.has(loaded)) this.#healing.notes.crash(digest, host, provider, false);
    this.#counted.add(loaded);
  }

  /** Which may serve it in place of the one that failed. What was refused when it was loaded would be again. */
  #others({digest, provider, runtime, refused}: Loaded, fault: Fault): ExecutionProvider[] {
    const tried = [...refused.values()];
    return providersOf(runtime.descriptor).filter(
      other => mayReplace(fault, provider, other) && !tried.includes(other) && this.#healing.mayServe(digest, other),
    );
  }

  guard(model: Guarded & {breaker: Breaker | undefined}, missed?: Run): void {
    model.breaker ??= new Breaker(model);
    if (missed) model.breaker.missed(missed);
  }

  /** Starts it in the background, after ever longer pauses, until something serves or each provider has crashed too often. */
  async bringBack({digest, runtime}: Loaded, {isOver, load, use}: Fallen): Promise<void> {
    const mayServe = (provider: ExecutionProvider) => this.#healing.mayServe(digest, provider);
    for (let ms = againMs; ; ms = longer(ms, againMs, mostMs)) {
      await pause(ms);
      if (isOver() || !providersOf(runtime.descriptor).some(mayServe)) return;
      const loaded = await load().catch(() => undefined);
      if (loaded) return use(loaded);
    }
  }

  /** Nothing else starts: what failed serves on, and the rest is not tried again on this page. */
  keep({digest, provider, runtime}: Loaded): void {
    const rest = providersOf(runtime.descriptor).filter(other => other !== provider);
    this.#healing.demoted.set(digest, new Set(rest));
  }

  /** With it goes what would fail alike. */
  #demote({digest, provider, runtime}: Loaded, fault: Fault): void {
    const {demoted} = this.#healing;
    const alike = providersOf(runtime.descriptor).filter(other => !mayReplace(fault, provider, other));
    demoted.set(digest, new Set([...(demoted.get(digest) ?? []), provider, ...alike]));
  }
}
