/** Runs what it is given one after another, whatever became of the one before. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * onnxruntime-web's WebGPU build is not re-entrant: two runs at once end in a trap that its realm does not survive. tfjs
 * has one backend in force, and one scope that tensors belong to, for all models.
 */
export function inTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}
