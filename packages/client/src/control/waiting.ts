import type {Run} from '../healing/runs.js';
import {leftMs} from '../healing/in-time.js';
import {isRow} from './batches.js';
import {sizeOf} from './buffers.js';
import type {RunAnswer} from '../worker/answers.js';

interface Ends {
  resolve(answer: RunAnswer): void;
  reject(reason: unknown): void;
  onAbort(): void;
  onLate(): void;
}

/** A call that waits for its turn or its answer, with its own end: an answer, an error, an abort or a deadline. */
export class Waiting {
  readonly run: Run;
  readonly priority: number;
  /** In elements, of all inputs. */
  readonly size: number;
  begun = false;
  readonly #isRow: boolean;
  settled = false;
  readonly #ends: Ends;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: Run, ends: Ends) {
    const {signal, priority = 0} = run.options;
    this.run = run;
    this.priority = priority;
    this.size = sizeOf(run);
    this.#isRow = isRow(run);
    this.#ends = ends;
    const ms = leftMs(run);
    if (ms !== undefined) this.#timer = setTimeout(ends.onLate, ms);
    signal?.addEventListener('abort', ends.onAbort);
  }

  /** Whether a newer one takes its place. What was computed already, and is again, is finished. */
  get latest(): boolean {
    return this.run.options.mode === 'latest' && !this.run.alone;
  }

  /** Whether it may go together with others. */
  get joins(): boolean {
    return this.#isRow && !isSingle(this.run);
  }

  goesBefore(other: Waiting): boolean {
    const more = this.priority - other.priority;
    return more > 0 || (more === 0 && this.run.nth! < other.run.nth!);
  }

  readonly succeed = (answer: RunAnswer) => {
    this.#settle();
    this.#ends.resolve(answer);
  };

  readonly fail = (reason: unknown) => {
    this.#settle();
    this.#ends.reject(reason);
  };

  #settle(): void {
    this.settled = true;
    clearTimeout(this.#timer);
    this.run.options.signal?.removeEventListener('abort', this.#ends.onAbort);
  }
}

/** Nothing is beside it: it may end the worker, and what was given away then can't be made again. */
export const isSingle = ({alone, options}: Run) => alone || options.terminate;
