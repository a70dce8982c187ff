import type {Manifest} from '@kedge/core';
import type {Run} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import {joined} from '../runtime/batch.js';
import type {Tensor, Tensors} from '../runtime/runtime.js';
import {buffersOf} from './buffers.js';

/** Of one version's single calls, and as many of several in one. */
const mostBytes = 2 ** 23;

/**
 * Copies of what calls were given, written over once those are answered: new memory for each, on the page and for a message,
 * takes longer than everything else that is done for a call.
 */
export class Copies {
  /** For single calls of a version, and for several in one of a session: as many as the last ones most often. */
  readonly #free = new WeakMap<Manifest | Loaded, Tensors[]>();

  /** What one call was given, or several together. */
  of(runs: readonly Run[]): Tensors {
    return joined(
      runs.map(({tensors}) => tensors),
      this.#of(runs).pop(),
    );
  }

  /**
   * They were answered.
   *
   * @param tensors what nobody needs any more. @default the call's own
   * @param outputs a model may answer with what it was given
   */
  done(runs: readonly Run[], tensors = runs[0]!.tensors, outputs: Tensors = {}): void {
    const theirs: unknown[] = buffersOf(outputs);
    const size = ({data: {buffer, byteLength}}: Tensor) => (theirs.includes(buffer) ? Infinity : byteLength);
    const bytes = Object.values(tensors).reduce((sum, tensor) => sum + size(tensor), 0);
    const free = this.#of(runs);
    // What the app gave away may be one array for several inputs.
    if (!runs[0]!.options.transfer && bytes * (free.length + 1) <= mostBytes) free.push(tensors);
  }

  #of([run, other]: readonly Run[]): Tensors[] {
    const {loaded} = run!;
    const key = other ? loaded : loaded.manifest;
    const free = this.#free.get(key) ?? [];
    this.#free.set(key, free);
    return free;
  }
}
