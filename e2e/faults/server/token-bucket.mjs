/**
 * One rate for all connections together, as a line to a house has it: who sends takes from one bucket.
 *
 * Time is not measured in small sleeps, which add up to a slower line than asked for: each piece has the moment at which a
 * line of this rate would have carried it, and waits for that.
 */
export class TokenBucket {
  #bytesPerSecond;
  #freeAtMs = 0;

  /** @param {number} [bytesPerSecond] @default no limit */
  constructor(bytesPerSecond = Infinity) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  get bytesPerSecond() {
    return this.#bytesPerSecond;
  }

  set bytesPerSecond(value) {
    this.#bytesPerSecond = value;
    this.#freeAtMs = 0;
  }

  /** Resolves when the line has carried so many bytes more. @param {number} bytes */
  async take(bytes) {
    if (this.#bytesPerSecond === Infinity) return;
    const now = performance.now();
    this.#freeAtMs = Math.max(this.#freeAtMs, now) + (bytes / this.#bytesPerSecond) * 1000;
    const waitMs = this.#freeAtMs - now;
    // A timer is a millisecond late at least: shorter waits are made up for by the next.
    if (waitMs > 2) await new Promise(resolve => setTimeout(resolve, waitMs));
  }
}
