import type {Manifest} from '@kedge/core';
import type {Run} from '../healing/runs.js';
import {copyOf} from '../runtime/dtype.js';
import type {Tensor, Tensors} from '../runtime/runtime.js';

/** Of one version, as many as were under way at once; and what is larger is not kept. */
const [mostKept, mostBytes] = [64, 2 ** 17];

/**
 * Copies of what calls were given, written over once those are answered: new memory for each takes the page longer than
 * everything else that it does for a call.
 */
export class Copies {
  readonly #free = new WeakMap<Manifest, Tensors[]>();

  /** Makes the tensors the run's own. */
  keep(run: Run): void {
    const copy = this.#of(run).pop() ?? {};
    for (const name in run.tensors) copy[name] = copied(run.tensors[name]!, copy[name]);
    run.tensors = copy;
  }

  /** It was answered: nobody makes it again, or shows what it was given to a baseline. */
  done(run: Run): void {
    const free = this.#of(run);
    const isSmall = Object.values(run.tensors).every(({data}) => data.byteLength <= mostBytes);
    if (isSmall && !run.options.transfer && free.length < mostKept) free.push(run.tensors);
  }

  #of({loaded: {manifest}}: Run): Tensors[] {
    const free = this.#free.get(manifest) ?? [];
    this.#free.set(manifest, free);
    return free;
  }
}

function copied(tensor: Tensor, into: Tensor | undefined): Tensor {
  const {data} = tensor;
  if (into?.dtype !== tensor.dtype || into.data.length !== data.length) return {...tensor, data: copyOf(data)};
  into.data.set(data as never);
  return {...tensor, data: into.data};
}
