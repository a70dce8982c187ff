import type {Input, PredictOptions} from '../api.js';
import type {Control} from '../control/control.js';
import type {Queue} from '../control/line.js';
import type {Loaded} from '../loader.js';
import type {Tensors} from '../runtime/runtime.js';
import type {RunAnswer, WireAnswer} from '../worker/answers.js';
import type {Wait} from '../worker/host.js';
import {later} from '../worker/later.js';
import {innocent} from '../failure.js';
import {copyOf} from '../runtime/dtype.js';
import {inTime, leftMs, type Timed} from './in-time.js';

/** A call of `predict` on its way to the worker. */
export interface Run {
  loaded: Loaded;
  /** Replaced once they were sent, or have to wait: the caller's arrays may change once `predict` has returned, and the call may be made again. */
  tensors: Tensors;
  options: PredictOptions & Carrying;
  /** When `predict` was called, by `performance.now()`. */
  startedMs: number;
  /** Whose call it is. */
  of: Caller;
  /** New workers on one provider, for this call. */
  restarts: number;
  /** It is made with no other beside it, since one of several has ended the worker, or failed them all. */
  alone: boolean;
  /** Its place among all calls: a clock may be too coarse to tell. */
  nth?: number;
  /** Whether it was made as a row of a batch, the last time. */
  joined?: boolean;
  /** Whether a worker that is lost in it counts as a crash; not where one was lost beside it, or while it waited. */
  counts: boolean;
}

/** What a stream says of its calls. */
export interface Carrying {
  /** The inputs that it carries, for the version that answers in place of the one that was asked. @throws where that has none such */
  stateFor?(version: Loaded): Record<string, Input>;
}

/** The model that was asked. */
export interface Caller {
  /** Starts a session that is gone with its worker, unless that is done. */
  restart(lost: Loaded): Promise<unknown>;
}

/** Sends runs to their workers: one after the other as they come, until the file that keeps them in order is here. */
export class Runs {
  #control: Control | undefined;
  /** Calls that had to wait for it. */
  #early: Promise<unknown> | undefined;

  /** @throws KedgeError of the run, `deadline_exceeded`, `superseded`; the signal's reason; TypeError for options that can't be */
  run(run: Run): Promise<RunAnswer> {
    if (this.#control) return this.#control.run(run);
    const loading = this.control();
    const {signal} = run.options;
    if (isPlain(run.options)) {
      loading.catch(() => {});
      const answer = send(run, {signal, deadlineMs: leftMs(run)});
      keep(run);
      return answer;
    }
    keep(run);
    const answer = inTime(loading, run).then(control => control.run(run));
    this.#early = Promise.allSettled([this.#early, answer]);
    return answer;
  }

  /** Undefined while nothing can wait. */
  queueOf(loaded: Loaded): Queue | undefined {
    return this.#control?.queueOf(loaded);
  }

  /** Nothing is asked of this session any more. */
  async drained(loaded: Loaded): Promise<void> {
    await this.#early;
    await this.#control?.drained(loaded);
  }

  /** What keeps runs in order, fetched once. @throws KedgeError `network` */
  async control(): Promise<Control> {
    const {Control} = await later('control', import('../control.js'));
    return (this.#control ??= new Control({send}));
  }
}

const isPlain = ({mode, priority, transfer, terminate}: PredictOptions) =>
  !priority && !transfer && !terminate && (mode ?? 'queue') === 'queue';

/**
 * To the worker, at once. The first run of a session may end its tab, as its start may.
 *
 * @param buffers of the inputs, to be given away
 */
function send(
  {loaded, tensors, options, startedMs}: Pick<Run, 'loaded' | 'tensors'> & Partial<Timed>,
  wait: Wait,
  buffers?: ArrayBuffer[],
): Promise<WireAnswer> {
  const {host, handle, life} = loaded;
  // Another worker's sessions have the same handles.
  if (life !== host.life) {
    const {lost} = host;
    return Promise.reject(lost?.life === life ? lost.why : innocent('its worker is gone'));
  }
  const land = loaded.firstRun?.();
  loaded.firstRun = undefined;
  const lateAt = (startedMs ?? 0) + (options?.deadlineMs ?? Infinity);
  const answer = host.run(handle, tensors, {...wait, lateAt}, buffers);
  if (land) answer.then(land, land);
  return answer;
}

/** Makes the tensors the run's own, unless the caller gave them away. */
function keep({tensors, options}: Run): void {
  if (!options.transfer)
    for (const name in tensors) tensors[name] = {...tensors[name]!, data: copyOf(tensors[name]!.data)};
}

export type Sending = {send: typeof send};
