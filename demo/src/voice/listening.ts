import {type Asked, Detector} from './detector.js';
import {Framer, frameMs, rate} from './framer.js';
import {Resampler} from './resample.js';
import {type Segment, Segments} from './segments.js';

/** Sound that waits for the model; more is left out, so that what is shown is never long past. */
const longestBacklogMs = 3000;

/** What was heard so far. */
export interface Heard {
  /** One for each frame of 32 ms. */
  probabilities: readonly number[];
  segments: readonly Segment[];
  /** Frames that were left out since the model was too slow. */
  dropped: number;
}

/** Sound in, speech out: frames wait in a queue for the model, which is asked about one after the other. */
export class Listening {
  readonly #detector: Detector;
  readonly #resampler: Resampler;
  readonly #framer = new Framer();
  readonly #segments = new Segments(frameMs);
  readonly #probabilities: number[] = [];
  readonly #signal: AbortSignal;
  readonly #onHeard: () => void;
  #waiting: Float32Array<ArrayBuffer>[] = [];
  #working: Promise<void> | undefined;
  #dropped = 0;

  /** @param inputRate of the sound that is pushed @param onHeard after each frame */
  constructor(model: Asked, inputRate: number, signal: AbortSignal, onHeard: () => void) {
    this.#detector = new Detector(model);
    this.#resampler = new Resampler(inputRate, rate);
    this.#signal = signal;
    this.#onHeard = onHeard;
  }

  get heard(): Heard {
    return {probabilities: this.#probabilities, segments: this.#segments.list, dropped: this.#dropped};
  }

  /** Live sound: what the model has no time for is left out. @returns resolves when all that waits was heard */
  push(samples: Float32Array): Promise<void> {
    this.#waiting.push(...this.#framer.push(this.#resampler.push(samples)));
    const most = Math.floor(longestBacklogMs / frameMs);
    this.#dropped += Math.max(0, this.#waiting.length - most);
    this.#waiting = this.#waiting.slice(-most);
    return this.#work();
  }

  /** No more sound comes. */
  finish(): void {
    this.#segments.finish();
    this.#onHeard();
  }

  #work(): Promise<void> {
    this.#working ??= this.#drain().finally(() => (this.#working = undefined));
    return this.#working;
  }

  async #drain(): Promise<void> {
    for (let frame = this.#waiting.shift(); frame; frame = this.#waiting.shift()) {
      this.#signal.throwIfAborted();
      const probability = await this.#detector.next(frame, this.#signal);
      this.#probabilities.push(probability);
      this.#segments.push(probability);
      this.#onHeard();
    }
  }
}
