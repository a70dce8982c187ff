import type {KedgeError} from '@kedge/core';
import {within} from './within.js';

/**
 * Runs what it is given one after another, whatever became of the one before.
 *
 * @param ms how long it may take; 0 is for ever. @default its `Patience`
 */
export type Turns = <T>(work: () => Promise<T>, ms?: number) => Promise<T>;

/** How long any turn may take. */
export interface Patience {
  hangMs: number;
}

/**
 * onnxruntime-web's WebGPU build is not re-entrant: two runs at once end in a trap that its realm does not survive. tfjs
 * has one backend in force, and one scope that tensors belong to, for all models. After a turn that never ended there is no other.
 */
export function inTurns(patience: Patience): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let hung: KedgeError | undefined;
  return (work, ms) => {
    const turn = last.then(() => {
      if (hung) throw hung;
      return within(ms ?? patience.hangMs, work(), error => (hung = error));
    });
    last = turn.catch(() => {});
    return turn;
  };
}
