/** What the model hears: 16 000 samples a second, 512 new ones (32 ms) behind the last 64 of the frame before. */
export const rate = 16_000;
export const frameSamples = 512;
export const frameMs = (1000 * frameSamples) / rate;
const contextSamples = 64;

/** Cuts sound into frames. */
export class Framer {
  #held = new Float32Array(contextSamples);

  /** @param samples at 16 kHz @returns the frames that are complete by now, 576 samples each */
  push(samples: Float32Array): Float32Array<ArrayBuffer>[] {
    const all = new Float32Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    const frames: Float32Array<ArrayBuffer>[] = [];
    let at = 0;
    for (; at + contextSamples + frameSamples <= all.length; at += frameSamples)
      frames.push(all.slice(at, at + contextSamples + frameSamples));
    this.#held = all.slice(at);
    return frames;
  }
}
