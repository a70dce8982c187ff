import type {KedgeError} from '@kedge/core';
import type {Prediction} from '../api.js';
import {asLost, isInnocent} from '../failure.js';
import type {Loaded} from '../loader.js';
import type {ServedModel} from '../model.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Healing} from './healing.js';
import {type Action, type Fault, faultOf, inRun, mayReplace, poisons} from './machine.js';
import {leftMs} from './in-time.js';
import {inputsFor} from './inputs-for.js';
import {loadPrevious} from './previous.js';
import {giveUp, restart, type Standing} from './recovery.js';
import type {Run} from './runs.js';

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
  readonly loadPrevious = loadPrevious;
  readonly #healing: Healing;
  readonly #counted = new WeakSet<Loaded>();

  constructor(healing: Healing) {
    this.#healing = healing;
  }

  /**
   * Makes the run again where something stands for it.
   *
   * @returns undefined where nothing does
   * @throws what the run fails with then
   */
  async recover(model: ServedModel, run: Run, error: KedgeError): Promise<Prediction | undefined> {
    const next = await this.#standAgain(model, run, error);
    if (!next) return undefined;
    const {loaded, isLent} = next;
    // Another version may take other inputs, and none takes what was given away.
    const tensors = inputsFor(run, loaded);
    try {
      // Nobody waits for it any more where its deadline has passed.
      return tensors && leftMs(run) !== 0 ? await model.run(Object.assign(run, {loaded, tensors})) : undefined;
    } finally {
      if (isLent) model.leave(loaded);
    }
  }

  async #standAgain(model: ServedModel, run: Run, error: KedgeError): Promise<Standing | undefined> {
    const {loaded} = run;
    if (isInnocent(error)) return restart(this.#healing, model, loaded);
    const action = this.#inRun(run, error, model.source === 'model' && !model.alone, model.failed);
    run.restarts++;
    if (action === 'baseline') return undefined;
    if (action === 'previous') return giveUp(model, loaded, error);
    const next = await restart(this.#healing, model, loaded);
    if (!next && action === 'demote') this.#keep(loaded);
    return next;
  }

  /** Starts a session that is gone with its worker, for calls to come. */
  async restart(model: ServedModel, lost: Loaded): Promise<void> {
    const next = !model.released && (await restart(this.#healing, model, lost));
    if (next && next.isLent) model.leave(next.loaded);
  }

  /** What to do about a run that failed. A worker that can't be used again is replaced. @param previous see `Situation` */
  #inRun({loaded, restarts, counts, alone, joined}: Run, error: KedgeError, previous: boolean, failed: Failed): Action {
    const failures = count(failed, loaded);
    let fault = faultOf(error);
    // One row of a batch had no end, and nobody knows which: each is made again once, alone.
    if (fault === 'hang' && joined) fault = 'crash';
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
    // One that counts may be told after one that does not.
    if (!counts || this.#counted.has(loaded)) return;
    this.#counted.add(loaded);
    this.#healing.notes.crash(digest, host, provider, false);
  }

  /** Which may serve it in place of the one that failed. What was refused when it was loaded would be again. */
  #others({digest, provider, runtime, refused}: Loaded, fault: Fault): ExecutionProvider[] {
    const tried = [...refused.values()];
    return providersOf(runtime.descriptor).filter(
      other => mayReplace(fault, provider, other) && !tried.includes(other) && this.#healing.mayServe(digest, other),
    );
  }

  /** Nothing else starts: what failed serves on, and the rest is not tried again on this page. */
  #keep({digest, provider, runtime}: Loaded): void {
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
