import {isKedgeError, KedgeError} from '@kedge/core';
import {asLost, innocent, isInnocent} from '../failure.js';
import {faultOf, poisons} from '../healing/machine.js';
import type {Run, Sending} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import {rowOf} from '../runtime/batch.js';
import type {RunAnswer} from '../worker/answers.js';
import type {Host} from '../worker/host.js';
import {buffersOf, sizeOf} from './buffers.js';
import {Batches} from './batches.js';
import {Copies} from './copies.js';
import {type Best, Pace} from './pace.js';
import {Running} from './running.js';
import {isSingle, Waiting} from './waiting.js';

/** So many are with the worker: the next one is there when it has ended one. */
const depth = 2;
/** Turns of the microtask queue in which nobody has asked: whoever asks again once answered has done so by then. */
const quietTurns = 16;
/** So many workers lost in a row, whoever's run it was: what still waits is not tried on another one. */
const mostLosses = 3;

/** The sessions of a version in two workers, where it has a spare one; see spare.ts. */
export interface Seats {
  /** Those that may compute it now, the one that serves first. */
  of(loaded: Loaded): readonly Loaded[];
  /** One of these may have gone with its worker: the spare one serves from now on. */
  lost(session: Loaded): void;
}

/** By which shed.ts says whether a call has a chance. */
export interface Queue {
  /** Of all sessions of a worker, and its spare one. */
  readonly waiting: readonly Waiting[];
  readonly running: ReadonlySet<readonly Run[]>;
  /** That are running, in both. */
  readonly calls: number;
  readonly best: Best | undefined;
  /** Of batches; undefined while they are not known. */
  readonly sizes: readonly number[] | undefined;
}

/** What waits for one worker, or for it and its spare one, and what they compute. */
export class Line {
  readonly #sending: Sending;
  readonly #seats: () => Seats | undefined;
  readonly #batches: Batches;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Running();
  readonly #copies = new Copies();
  readonly #pace = new Pace();
  #gathering = false;
  /** Who looks again once something has begun or gone. */
  readonly #toTell: (() => void)[] = [];
  /** Workers that were lost in a row, and which were the last. */
  #losses = 0;
  readonly #lostLives = new WeakMap<Host, number>();

  /** @param seats undefined where there are no spare workers */
  constructor(sending: Sending, seats: () => Seats | undefined) {
    this.#sending = sending;
    this.#seats = seats;
    this.#batches = new Batches(tried => {
      if (isGone(tried)) this.#seats()?.lost(tried);
      this.#next();
    });
  }

  run(run: Run): Promise<RunAnswer> {
    const {signal, deadlineMs, mode, transfer} = run.options;
    const plain = !signal && deadlineMs === undefined && mode !== 'latest' && !transfer && !run.alone;
    if (!plain || this.#gathering || this.#waiting.length + this.#running.calls > 0) return this.#wait(run);
    run.tensors = this.#copies.of([run]);
    const answer = this.#track([run]);
    // The spare one starts with a first call that waits for none.
    this.#seats()?.of(run.loaded);
    return answer.then(given => {
      this.#copies.done([run]);
      return given;
    });
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
      if (call.settled) return;
      const gathers = call.joins && (this.#gathering || this.#running.calls > 0);
      if (gathers) void this.#gather();
      // A page in a long task hears of no answer: meanwhile the worker would stand idle.
      if (!gathers || this.#pace.isIdle(run.loaded)) this.#next();
      try {
        // What was given away is the call's own already.
        if (!run.options.transfer) run.tensors = this.#copies.of([run]);
      } catch (error) {
        this.#give(call, error);
      }
    });
  }

  /** What a session has before it, and how quick it is. */
  queueOf(loaded: Loaded): Queue {
    const {calls} = this.#running;
    const [running, best] = [this.#runsAt(loaded), this.#pace.bestOf(loaded)];
    return {waiting: this.#waiting, running, calls, best, sizes: this.#batches.sizesOf(loaded)};
  }

  /** Nothing is asked of this session any more. */
  async drained(loaded: Loaded): Promise<void> {
    while (this.#waiting.some(({run}) => run.loaded === loaded) || this.#running.at(loaded.host).calls.has(loaded))
      await new Promise<void>(resolve => this.#toTell.push(resolve));
  }

  /** Behind what goes before it. Of a model's calls in mode `latest` only the newest stays. */
  #queue(call: Waiting): void {
    const other = call.latest && this.#waiting.find(({latest, run}) => latest && run.of === call.run.of);
    const older = other && (call.run.nth! < other.run.nth! ? call : other);
    if (older) this.#give(older, new KedgeError('superseded', "a newer call with mode 'latest' took its place"));
    if (older === call) return;
    // From behind: most calls go there, and a thousand may wait.
    const at = this.#waiting.findLastIndex(next => !call.goesBefore(next));
    this.#waiting.splice(at + 1, 0, call);
  }

  /** Calls that come by the end of this task may go together. A later task would let the worker wait for other work of the page. */
  async #gather(): Promise<void> {
    if (this.#gathering) return;
    this.#gathering = true;
    for (let quiet = 0, before = -1; quiet < quietTurns; quiet++) {
      if (this.#waiting.length !== before) quiet = 0;
      before = this.#waiting.length;
      await Promise.resolve();
    }
    this.#gathering = false;
    this.#next();
  }

  #next(): void {
    for (let [first] = this.#waiting; first; [first] = this.#waiting) {
      const sessions = this.#sessionsOf(first);
      const on = this.#freest(first, sessions);
      if (!on) break;
      const most = this.#share(sessions);
      const calls = this.#batches.take(first, this.#waiting, on, most);
      // Of two workers one is free soon: meanwhile more may come.
      if (sessions.length > 1 && this.#runsAt(on).size > 0 && this.#batches.areFew(calls, on, most)) break;
      this.#begin(calls, on);
    }
    for (const tell of this.#toTell.splice(0)) tell();
  }

  /** An answer to the newest must not come before that to an older one. */
  #sessionsOf({latest, run: {loaded, alone}}: Waiting): readonly Loaded[] {
    return latest || alone ? [loaded] : (this.#seats()?.of(loaded) ?? [loaded]);
  }

  /** What must be new, or may end the worker, goes when nothing else is there. */
  #freest({latest, run}: Waiting, sessions: readonly Loaded[]): Loaded | undefined {
    const count = (on: Loaded) => this.#runsAt(on).size;
    const most = latest || isSingle(run) ? 1 : depth;
    const isFree = (on: Loaded) => count(on) < most || (most > 1 && this.#pace.isIdle(on));
    const hasSingle = ([first]: Iterable<readonly Run[]>) => first?.some(isSingle);
    const free = sessions.filter(on => isFree(on) && !hasSingle(this.#runsAt(on)));
    return free.sort((a, b) => count(a) - count(b))[0];
  }

  #runsAt({host}: Loaded): ReadonlySet<readonly Run[]> {
    return this.#running.at(host).runs;
  }

  /** What is asked is divided fairly: one run of many for each worker, which was faster than two of half as many. */
  #share({length}: readonly Loaded[]): number {
    if (length < 2) return Infinity;
    return Math.ceil((this.#waiting.length + this.#running.calls) / length);
  }

  #begin(calls: readonly Waiting[], on: Loaded): void {
    for (const call of calls) {
      this.#waiting.splice(this.#waiting.indexOf(call), 1);
      call.begun = true;
      call.run.loaded = on;
      call.run.joined = calls.length > 1;
    }
    const answer = this.#track(calls.map(({run}) => run));
    const [call, other] = calls;
    if (other) this.#divide(calls, answer);
    else answer.then(given => this.#succeed(call!, given), call!.fail);
  }

  /** Gives a copy away, or what the app did. Async, for a page that has no memory for it. */
  async #send(runs: readonly Run[]): Promise<RunAnswer> {
    const {loaded, options, tensors: own} = runs[0]!;
    const tensors = options.transfer && !runs[1] ? own : this.#copies.of(runs);
    // Late once the last of them is.
    const timed = {startedMs: 0, options: {deadlineMs: Math.max(...runs.map(until))}};
    const answer = await this.#sending.send({loaded, tensors, ...timed}, {}, buffersOf(tensors));
    this.#copies.done(runs, answer.inputs, answer.outputs);
    return answer;
  }

  #divide(calls: readonly Waiting[], answer: Promise<RunAnswer>): void {
    // Where there is not a row for each, the first one says so.
    answer
      .then(({outputs, ms}) =>
        calls.forEach((call, i) => this.#succeed(call, {outputs: rowOf(outputs, i, calls.length), ms})),
      )
      .catch((error: Error) => this.#fallApart(calls, error));
  }

  #succeed(call: Waiting, answer: RunAnswer): void {
    // What was given up meanwhile may still be shown to a baseline.
    if (!call.settled) this.#copies.done([call.run]);
    call.succeed(answer);
  }

  /** One row may have failed all of them: each is computed alone. */
  #fallApart(calls: readonly Waiting[], error: Error): void {
    for (const call of calls)
      if (isGone(call.run.loaded)) call.fail(error);
      else if (!call.settled) {
        call.run.alone = true;
        call.begun = false;
        this.#queue(call);
      }
    this.#next();
  }

  #track(runs: readonly Run[]): Promise<RunAnswer> {
    const {loaded} = runs[0]!;
    // What is given away has none afterwards.
    const size = sizeOf(runs[0]!);
    const answer = this.#send(runs);
    this.#running.add(runs, loaded);
    void this.#batches.recall(loaded);
    this.#pace.begun(runs.length, loaded, this.#runsAt(loaded).size > 1);
    const done = () => {
      if (runs.length > 1 || this.#waiting.length > 0) void this.#gather();
      else this.#next();
    };
    answer.then(
      ({ms}) => {
        this.#losses = 0;
        this.#running.delete(runs, loaded);
        this.#pace.answered(loaded, ms / runs.length, size, this.#running.at(loaded.host).calls);
        done();
      },
      (error: Error) => {
        if (loaded.life !== this.#lostLives.get(loaded.host) && !isInnocent(error)) this.#failed(loaded, error);
        this.#seats()?.lost(loaded);
        this.#running.delete(runs, loaded);
        done();
      },
    );
    return answer;
  }

  /** A worker that is gone, by one of these runs or by none of them, or can't be used again: it is ended before anything else is asked of it. */
  #failed(loaded: Loaded, error: Error): void {
    // The page's own, as where it has no memory for a batch.
    if (!isKedgeError(error)) return;
    const {host, life} = loaded;
    const fault = faultOf(error);
    if (!isGone(loaded) && !poisons(fault)) return;
    this.#lostLives.set(host, life);
    host.lost = undefined;
    const suspects = [...this.#runsAt(loaded)].flat();
    if (suspects.length > 1) for (const run of suspects) run.alone = true;
    const spared = this.#waiting.map(({run}) => run);
    if (this.#batches.mayHaveLost(loaded)) spared.push(...suspects);
    for (const run of spared) run.counts = false;
    // Each input that is too large ends a worker and is answered, however many there are.
    if (fault !== 'memory' && ++this.#losses >= mostLosses)
      for (const call of this.#waiting.splice(0)) {
        call.run.restarts = 1;
        call.fail(error);
      }
    host.restart(asLost(error), life);
  }

  #aborted(call: Waiting): void {
    const {loaded, options, of} = call.run;
    this.#give(call, options.signal!.reason);
    if (!options.terminate || !call.begun || isGone(loaded)) return;
    loaded.host.restart(innocent('an abort ended it'), loaded.life);
    this.#seats()?.lost(loaded);
    void of.restart(loaded);
  }

  #late(call: Waiting): void {
    const {deadlineMs} = call.run.options;
    // What never ends holds up those behind it as well.
    for (const host of call.begun ? [call.run.loaded.host] : this.#running.hosts) host.watch?.late();
    const what = call.begun ? 'a late one is dropped' : 'it waited';
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

const isGone = ({host, life}: Loaded) => host.life !== life;

const until = ({startedMs, options: {deadlineMs = Infinity}}: Run) => startedMs + deadlineMs;
