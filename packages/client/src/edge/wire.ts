/** One end of a wire inside a thread, with a worker's face: what the other end posts is heard a moment later, as it was when it was posted; buffers that it gives away are moved. */
export class WireEnd extends EventTarget {
  #other: WireEnd | undefined;
  /** Called when the wire is cut. */
  onEnd: () => void = () => {};

  /** Two ends that hear each other. */
  static pair(): [WireEnd, WireEnd] {
    const ends: [WireEnd, WireEnd] = [new WireEnd(), new WireEnd()];
    [ends[0].#other, ends[1].#other] = [ends[1], ends[0]];
    return ends;
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    // As between threads: a caller writes into its arrays again, and a runtime into its memory. No bytes of a model come this way.
    const data: unknown = structuredClone(message, {transfer});
    queueMicrotask(() => this.#other?.dispatchEvent(new MessageEvent('message', {data})));
  }

  /** Nothing is heard any more, at either end. */
  terminate(): void {
    if (this.#other) this.#other.#other = undefined;
    this.#other = undefined;
    this.onEnd();
  }
}
