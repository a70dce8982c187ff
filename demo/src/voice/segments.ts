/** A stretch of speech. `endMs` is undefined while it lasts. */
export interface Segment {
  startMs: number;
  endMs?: number;
}

/** At and above it speech begins. */
export const startAt = 0.5;
/** Below it speech may have ended: a little lower, so that it does not flicker. */
export const endBelow = 0.35;
/** A pause this long ends it: shorter ones are inside of words. */
const pauseMs = 250;
/** Shorter ones are clicks. */
const shortestMs = 90;

/** Makes stretches of speech from one probability after the other. */
export class Segments {
  readonly #frameMs: number;
  readonly #ended: Segment[] = [];
  #start: number | undefined;
  #quietSince: number | undefined;
  #at = 0;

  constructor(frameMs: number) {
    this.#frameMs = frameMs;
  }

  push(probability: number): void {
    const [at, end] = [this.#at, this.#at + this.#frameMs];
    this.#at = end;
    if (this.#start === undefined) {
      if (probability >= startAt) this.#start = at;
      return;
    }
    if (probability >= endBelow) this.#quietSince = undefined;
    else this.#quietSince ??= at;
    if (this.#quietSince !== undefined && end - this.#quietSince >= pauseMs) this.#end(this.#quietSince);
  }

  /** No more sound comes: what lasts ends here. */
  finish(): void {
    if (this.#start !== undefined) this.#end(this.#quietSince ?? this.#at);
  }

  /** All of them, in order; the last one may still last. */
  get list(): Segment[] {
    return this.#start === undefined ? [...this.#ended] : [...this.#ended, {startMs: this.#start}];
  }

  #end(endMs: number): void {
    if (endMs - this.#start! >= shortestMs) this.#ended.push({startMs: this.#start!, endMs});
    this.#start = this.#quietSince = undefined;
  }
}
