import {KedgeError, toKedgeError} from '@kedge/core';
import {asLost, innocent, isInnocent} from '../failure.js';
import {faultOf, poisons} from '../healing/machine.js';
import type {Run, Sending} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import {joined, rowOf} from '../runtime/batch.js';
import type {RunAnswer} from '../worker/engine.js';
import type {Host} from '../worker/host.js';
import {buffersOf} from './buffers.js';
import {Batches} from './batches.js';
import {onceATask} from './task.js';
import {Waiting} from './waiting.js';

/** So many are with the worker: the next one is there when it has ended one. */
const depth = 2;
/** So many workers lost in a row, whoever's run it was: what still waits is not tried on another one. */
const mostLosses = 3;

/** What waits for one worker, and what it computes. */
export class Line {
  readonly #host: Host;
  readonly #sending: Sending;
  readonly #batches: Batches;
  readonly #waiting: Waiting[] = [];
  /** What the worker has not answered, a group of calls for each of its runs, also those whose callers are gone. */
  readonly #running = new Set<readonly Run[]>();
  readonly #soon = onceATask();
  /** Who looks again once something has begun or gone. */
  readonly #toTell: (() => void)[] = [];
  /** Workers that were lost in a row, and which was the last. */
  #losses = 0;
  #lostLife = 0;

  constructor(host: Host, sending: Sending) {
    this.#host = host;
    this.#sending = sending;
    this.#batches = new Batches(() => this.#next());
  }

  run(run: Run): Promise<RunAnswer> {
    const {signal, deadlineMs, mode, transfer} = run.options;
    const plain = !signal && deadlineMs === undefined && mode !== 'latest' && !transfer && !run.alone;
    if (!plain || this.#waiting.length > 0 || this.#running.size > 0) return this.#wait(run);
    const answer = this.#sending.send(run, {});
    this.#sending.keep(run);
    return this.#track([run], answer);
  }

  #wait(run: Run): Promise<RunAnswer> {
    return new Promise((resolve, reject) => {
      run.options.signal?.throwIfAborted();
      // Made again: the loss of several was counted.
      if (run.alone) run.counts = false;
      const call = new Waiting(run, {
        resolve,
        reject,
        onAbort: () => this.#aborted(call),
        onLate: () => this.#late(call),
      });
      this.#queue(call);
      if (call.joins) this.#gather();
      else this.#next();
      // What was given away is the worker's once it is sent.
      if (!run.options.transfer || this.#waiting.includes(call)) this.#sending.keep(run);
    });
  }

  /** Nothing is asked of this session any more. */
  async drained(loaded: Loaded): Promise<void> {
    const isIts = ({loaded: other}: Run) => other === loaded;
    while (this.#waiting.some(({run}) => isIts(run)) || [...this.#running].flat().some(isIts))
      await new Promise<void>(resolve => this.#toTell.push(resolve));
  }

  /** Behind what goes before it. Of a model's calls in mode `latest` only the newest stays. */
  #queue(call: Waiting): void {
    const other = call.latest && this.#waiting.find(({latest, run}) => latest && run.of === call.run.of);
    if (other && call.run.startedMs < other.run.startedMs) return call.fail(superseded());
    if (other) this.#give(other, superseded());
    const at = this.#waiting.findIndex(next => call.goesBefore(next));
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, call);
  }

  /** The worker is at something: calls that come by the end of this task may go together. */
  #gather(): void {
    if (this.#running.size === 0) this.#next();
    else this.#soon(() => this.#next());
  }

  #next(): void {
    for (let [first] = this.#waiting; first && this.#mayBegin(first); [first] = this.#waiting) this.#begin(first);
    for (const tell of this.#toTell.splice(0)) tell();
  }

  /** What must be new, or may end the worker, goes when nothing else is there. */
  #mayBegin({latest, run: {alone}}: Waiting): boolean {
    return this.#hasRoom(latest || alone ? 1 : depth);
  }

  #hasRoom(most: number): boolean {
    const [first] = this.#running;
    return this.#running.size < most && !first?.[0]!.alone;
  }

  #begin(first: Waiting): void {
    const calls = this.#batches.take(first, this.#waiting);
    for (const call of calls) this.#waiting.splice(this.#waiting.indexOf(call), 1);
    for (const call of calls) call.begun = true;
    if (calls.length > 1) return this.#beginBatch(calls);
    const buffers = first.run.options.transfer ? buffersOf(first.run.tensors) : [];
    this.#track([first.run], this.#sending.send(first.run, {}, buffers)).then(first.succeed, first.fail);
  }

  #beginBatch(calls: readonly Waiting[]): void {
    const runs = calls.map(({run}) => run);
    const {loaded} = runs[0]!;
    const tensors = joined(runs.map(run => run.tensors));
    this.#track(runs, this.#sending.send({loaded, tensors}, {}, buffersOf(tensors))).then(
      ({outputs, latencyMs}) =>
        calls.forEach((call, i) => call.succeed({outputs: rowOf(outputs, i, calls.length), latencyMs})),
      (error: Error) => this.#fallApart(calls, loaded, error),
    );
  }

  /** One row may have failed all of them: each is computed alone. */
  #fallApart(calls: readonly Waiting[], loaded: Loaded, error: Error): void {
    for (const call of calls)
      if (loaded.life !== this.#host.life) call.fail(error);
      else if (!call.settled) {
        call.run.alone = true;
        call.begun = false;
        this.#queue(call);
      }
    this.#next();
  }

  #track(runs: readonly Run[], answer: Promise<RunAnswer>): Promise<RunAnswer> {
    const {life} = runs[0]!.loaded;
    this.#running.add(runs);
    const done = () => {
      this.#running.delete(runs);
      this.#gather();
    };
    answer.then(
      () => {
        this.#losses = 0;
        done();
      },
      (error: Error) => {
        if (life !== this.#lostLife && !isInnocent(error)) this.#failed(life, error);
        done();
      },
    );
    return answer;
  }

  /** A worker that can't be used again is ended before anything else is asked of it. */
  #failed(life: number, error: Error): void {
    const failure = toKedgeError(error, 'model_invalid', 'run');
    if (life === this.#host.life && !poisons(faultOf(failure))) return;
    this.#lost(life, error);
    this.#host.restart(asLost(failure), life);
  }

  /** The worker is gone, by one of these runs or by none of them. */
  #lost(life: number, error: Error): void {
    this.#lostLife = life;
    this.#host.lost = undefined;
    this.#losses++;
    const suspects = [...this.#running].flat();
    if (suspects.length > 1) for (const run of suspects) run.alone = true;
    for (const {run} of this.#waiting) run.counts = false;
    if (this.#losses < mostLosses) return;
    for (const call of this.#waiting.splice(0)) {
      call.run.restarts = 1;
      call.fail(error);
    }
  }

  #aborted(call: Waiting): void {
    const {loaded, options, of} = call.run;
    this.#give(call, options.signal!.reason);
    if (!options.terminate || !call.begun || loaded.life !== this.#host.life) return;
    this.#host.restart(innocent('its worker was ended with another call, which was aborted'), loaded.life);
    void of.restart(loaded);
  }

  #late(call: Waiting): void {
    const {deadlineMs} = call.run.options;
    // What never ends holds up those behind it as well.
    if (this.#running.size > 0) this.#host.watch?.late();
    const what = call.begun ? 'the late one is discarded' : 'it still waited for its turn';
    this.#give(call, new KedgeError('deadline_exceeded', `no answer within ${deadlineMs} ms; ${what}`));
  }

  /** Ends a call without an answer. */
  #give(call: Waiting, reason: unknown): void {
    const at = this.#waiting.indexOf(call);
    if (at >= 0) this.#waiting.splice(at, 1);
    call.fail(reason);
    // One that had to wait for quiet may have held up others.
    this.#next();
  }
}

function superseded(): KedgeError {
  return new KedgeError('superseded', "a newer call with mode 'latest' took its place while it waited");
}
