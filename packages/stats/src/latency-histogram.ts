/** Ratio of one bin's upper edge to the one before it. */
const gamma = 1.02;
const logGammaBase = Math.log(gamma);
/** Bins span 1 µs to about 28 h; what lies outside counts in the outermost. */
const lowest = Math.ceil(Math.log(1e-3) / logGammaBase);
const highest = Math.ceil(Math.log(1e8) / logGammaBase);

/** A histogram as JSON: `[bin, count]`, bins ascending. Bin `i` holds values in `(1.02^(i-1), 1.02^i]` milliseconds. */
export type LatencyBins = [bin: number, count: number][];

/**
 * Latencies in bins whose width grows with their value, so that every quantile between 1 µs and 28 h is within 1 % of the
 * true one (DDSketch: Masson, Rim and Lee, VLDB 2019). Two histograms merge exactly, in any order.
 */
export class LatencyHistogram {
  /** Largest relative error of a quantile: `(γ - 1) / (γ + 1)`. */
  static readonly relativeError = (gamma - 1) / (gamma + 1);

  readonly #counts = new Map<number, number>();
  #count = 0;

  static from(bins: LatencyBins): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const [bin, count] of bins) histogram.#increase(bin, count);
    return histogram;
  }

  get count(): number {
    return this.#count;
  }

  /** Values that are not a number are ignored; zero and less count in the lowest bin. */
  add(latencyMs: number): void {
    if (Number.isNaN(latencyMs)) return;
    const bin = latencyMs > 0 ? Math.ceil(Math.log(latencyMs) / logGammaBase) : lowest;
    this.#increase(Math.min(highest, Math.max(lowest, bin)), 1);
  }

  merge(other: LatencyHistogram): this {
    for (const [bin, count] of other.#counts) this.#increase(bin, count);
    return this;
  }

  /**
   * The latency in milliseconds that a share `q` of all values does not exceed (nearest rank), within `relativeError`.
   * NaN when empty.
   */
  quantile(q: number): number {
    let rank = Math.floor(q * (this.#count - 1));
    for (const [bin, count] of this.toJSON()) {
      rank -= count;
      if (rank < 0) return (2 * gamma ** bin) / (gamma + 1);
    }
    return NaN;
  }

  toJSON(): LatencyBins {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  #increase(bin: number, count: number): void {
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + count);
    this.#count += count;
  }
}
