const firstMs = 1000;
const mostMs = 60_000;

/** Twice as long each time, up to `most`. */
export const longer = (ms: number, first = firstMs, most = mostMs) => Math.min(2 * ms || first, most);

/** What keeps calls from a version that has failed them, but for one now and then that tries it. */
export class Circuit {
  #pauseMs = 0;
  #until = 0;

  get open(): boolean {
    return this.#pauseMs > 0;
  }

  /** Or stays open, for longer. */
  trip(): void {
    this.#pauseMs = longer(this.#pauseMs);
    this.#until = performance.now() + this.#pauseMs;
  }

  close(): void {
    this.#pauseMs = 0;
  }

  /** Whether the next call may not pass. */
  get keeps(): boolean {
    return this.open && performance.now() < this.#until;
  }

  /** Whether a call may pass. One that tries holds back the others until it is known how it fared. */
  passes(): boolean {
    if (this.keeps) return false;
    this.#until = performance.now() + this.#pauseMs;
    return true;
  }
}
