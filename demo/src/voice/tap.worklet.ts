/** The part of the worklet's scope that is used; TypeScript's libraries do not have it. */
declare const registerProcessor: (name: string, processor: new () => Tap) => void;
declare const AudioWorkletProcessor: new () => {readonly port: MessagePort};

/** Some 20 ms: a message for each block of 128 samples would only be noise to the page. */
const blockSamples = 1024;

/** Hands the microphone's sound to the page, and gives none out. */
class Tap extends AudioWorkletProcessor {
  #block = new Float32Array(blockSamples);
  #filled = 0;

  process([input]: readonly Float32Array[][]): boolean {
    const samples = input?.[0];
    if (samples) this.#add(samples);
    return true;
  }

  #add(samples: Float32Array): void {
    this.#block.set(samples, this.#filled);
    this.#filled += samples.length;
    if (this.#filled < blockSamples) return;
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(blockSamples);
    this.#filled = 0;
  }
}

registerProcessor('tap', Tap);
