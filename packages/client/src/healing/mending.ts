import type {KedgeError} from '@kedge/core';
import {asLost} from '../failure.js';
import type {Loaded} from '../loader.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Healing} from './healing.js';
import {type Action, type Fault, faultOf, inRun, mayReplace, poisons, type Situation} from './machine.js';
import type {Run} from './runs.js';

/** What is known where a run failed. */
export type Failing = Pick<Situation, 'failures' | 'previous'>;

/** What a client does about runs that fail. */
export class Mending {
  readonly #healing: Healing;
  readonly #counted = new WeakSet<Loaded>();

  constructor(healing: Healing) {
    this.#healing = healing;
  }

  /** What to do about a run that failed. A worker that can't be used again is replaced. */
  inRun({loaded, restarts, counts, alone}: Run, error: KedgeError, failing: Failing): Action {
    const fault = faultOf(error);
    if (poisons(fault)) this.#replace(loaded, error, counts && fault !== 'memory');
    const others = this.#others(loaded, fault).length;
    const looping = this.#healing.notes.isLooping(loaded.digest, loaded.provider);
    // What spent the memory would do so again, unless it was one of several, or was told of a lost worker.
    if (fault === 'memory' && !alone && error.code !== 'worker_lost') restarts = Math.max(restarts, 1);
    const action = inRun(fault, {stage: 'run', pinned: false, repairs: 0, restarts, ...failing, others, looping});
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
