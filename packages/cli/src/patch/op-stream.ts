import {copyOps, literalOps} from '@kedge/core';

/** Ops in order, with neighbouring copies and literals joined: fewer ops, and gzip sees longer runs. */
export class OpStream {
  #copy: {offset: number; length: number} | undefined;
  #literal: Uint8Array[] = [];
  #literalBytes = 0;

  *copy(offset: number, length: number): Generator<Uint8Array> {
    if (length === 0) return;
    if (this.#copy && this.#copy.offset + this.#copy.length === offset) this.#copy.length += length;
    else {
      yield* this.flush();
      this.#copy = {offset, length};
    }
  }

  *literal(bytes: Uint8Array): Generator<Uint8Array> {
    if (bytes.length === 0) return;
    if (this.#copy) yield* this.flush();
    this.#literal.push(bytes);
    this.#literalBytes += bytes.length;
    if (this.#literalBytes >= 2 ** 20) yield* this.flush();
  }

  /** Ops that are made already. */
  *ops(parts: readonly Uint8Array[]): Generator<Uint8Array> {
    yield* this.flush();
    yield* parts;
  }

  *flush(): Generator<Uint8Array> {
    if (this.#copy) yield* copyOps(this.#copy.offset, this.#copy.length);
    if (this.#literalBytes > 0) yield* literalOps(Buffer.concat(this.#literal));
    [this.#copy, this.#literal, this.#literalBytes] = [undefined, [], 0];
  }
}
