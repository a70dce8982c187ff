/** Zero crossings of the filter on each side: what is above the new band is some 60 dB down. */
const crossings = 16;

/** Sound at another rate, piece by piece: a windowed sinc, whose pieces fit together without a seam. */
export class Resampler {
  readonly #step: number;
  readonly #phases: readonly Float32Array[];
  readonly #reach: number;
  /** What later outputs need, its first sample at `#from` of the whole input. */
  #kept: Float32Array;
  #from: number;
  #made = 0;
  readonly #rates: {input: number; output: number};

  /** @param input samples a second, @param output as well; whole numbers */
  constructor(input: number, output: number) {
    const divisor = gcd(input, output);
    this.#rates = {input: input / divisor, output: output / divisor};
    this.#step = input / output;
    const cutoff = Math.min(1, output / input);
    this.#reach = Math.ceil(crossings / cutoff);
    this.#phases = Array.from({length: this.#rates.output}, (_, phase) =>
      taps(phase / this.#rates.output, cutoff, this.#reach),
    );
    // Silence came before.
    this.#kept = new Float32Array(this.#reach);
    this.#from = -this.#reach;
  }

  /** @returns what can be made by now; the last few milliseconds wait for what follows them */
  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    if (this.#step === 1) return Float32Array.from(samples);
    const held = joined(this.#kept, samples);
    const out: number[] = [];
    const end = this.#from + held.length;
    for (let at = this.#position(); at.whole + this.#reach < end; at = this.#position()) {
      out.push(convolve(held, at.whole - this.#reach + 1 - this.#from, this.#phases[at.phase]!));
      this.#made++;
    }
    const first = Math.max(this.#from, this.#position().whole - this.#reach + 1);
    this.#kept = held.slice(first - this.#from);
    this.#from = first;
    return Float32Array.from(out);
  }

  /** Where the next output lies in the input: exact, since both rates are whole numbers. */
  #position(): {whole: number; phase: number} {
    const {input, output} = this.#rates;
    const at = this.#made * input;
    const phase = at % output;
    return {whole: (at - phase) / output, phase};
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Weights of the inputs from `1 - reach` to `reach` around an output that lies `fraction` behind input 0; their sum is 1. */
function taps(fraction: number, cutoff: number, reach: number): Float32Array {
  const weights = Float64Array.from({length: 2 * reach}, (_, i) => {
    const x = i + 1 - reach - fraction;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
    return Math.abs(x) >= reach ? 0 : sinc(cutoff * x) * window;
  });
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return Float32Array.from(weights, weight => weight / sum);
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function convolve(samples: Float32Array, start: number, weights: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += samples[start + i]! * weights[i]!;
  return sum;
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
