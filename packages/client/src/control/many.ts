import {isKedgeError} from '@kedge/core';
import type {Input, Prediction, PredictManyOptions, PredictOptions} from '../api.js';
import {inTime} from '../healing/in-time.js';
import {misuse} from '../mistaken.js';
import {canCall} from '../options.js';

type Inputs = Record<string, Input>;
type Source = Iterable<Inputs> | AsyncIterable<Inputs>;
type Predict = (inputs: Inputs, options: PredictOptions) => Promise<Prediction>;
type Result = PromiseSettledResult<Prediction>;

/** What is asked ahead of what was read. */
class Ahead {
  readonly results: Promise<Result>[] = [];
  ended = false;
  /** Set once the source has thrown. */
  failure: {error: unknown} | undefined;
  readonly #source: Iterator<Inputs> | AsyncIterator<Inputs>;
  readonly #predict: (inputs: Inputs) => Promise<Prediction>;
  readonly #most: number;
  #pulling: Promise<void> | undefined;

  constructor(source: Source, predict: (inputs: Inputs) => Promise<Prediction>, most: number) {
    this.#source = iteratorOf(source);
    this.#predict = predict;
    this.#most = most;
  }

  /** One input at a time, as long as there is room. @returns when the next one was taken */
  pull(): Promise<void> | undefined {
    if (!this.ended && this.results.length < this.#most) this.#pulling ??= this.#pull();
    return this.#pulling;
  }

  async #pull(): Promise<void> {
    try {
      const next = await this.#source.next();
      if (next.done) this.ended = true;
      else this.results.push(settled(this.#predict(next.value)));
    } catch (error) {
      this.ended = true;
      this.failure = {error};
    }
    this.#pulling = undefined;
    void this.pull();
  }

  /** @param isHurried without a wait for the source: whoever has aborted waits for nothing */
  async close(isHurried = false): Promise<void> {
    const {ended} = this;
    this.ended = true;
    if (ended) return;
    const returned = Promise.resolve(this.#source.return?.());
    // A generator that waits for something ends after it, which may be never.
    if (this.#pulling || isHurried) returned.catch(() => {});
    else await returned;
  }
}

/** See `Model.predictMany`. */
export async function* predictMany(
  predict: Predict,
  inputs: Source,
  given: PredictManyOptions,
): AsyncGenerator<Result, void, undefined> {
  if (!canCall(given)) (await misuse()).checkCall('predictMany', given);
  const {concurrency = 32, signal, ...options} = given;
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 1024))
    throw new TypeError(`predictMany: concurrency must be a number from 1 to 1024, got ${String(concurrency)}`);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const each: PredictOptions = {...options, mode: 'queue', signal: stop.signal};
  const ahead = new Ahead(inputs, input => predict(input, each), concurrency);
  const read = <T>(work: Promise<T>) => {
    signal?.throwIfAborted();
    return inTime(work, {options: {...(signal && {signal})}, startedMs: 0});
  };
  try {
    for (;;) {
      while (ahead.results.length === 0 && !ahead.ended) await read(ahead.pull()!);
      const [result] = ahead.results;
      if (!result) break;
      const item = await read(result);
      if (isClosed(item)) throw item.reason;
      // Its place is free once it was taken.
      void ahead.results.shift();
      yield item;
      void ahead.pull();
    }
    if (ahead.failure) throw ahead.failure.error;
  } finally {
    stop.abort();
    await ahead.close(signal?.aborted);
  }
}

/** Nothing that follows would be answered either. */
function isClosed(item: Result): item is PromiseRejectedResult {
  return item.status === 'rejected' && isKedgeError(item.reason) && item.reason.code === 'closed';
}

async function settled(prediction: Promise<Prediction>): Promise<Result> {
  const [result] = await Promise.allSettled([prediction]);
  return result;
}

function iteratorOf(given: Source): Iterator<Inputs> | AsyncIterator<Inputs> {
  const source = Object(given) as Source;
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  throw new TypeError('predictMany: expected an iterable or async iterable of inputs');
}
