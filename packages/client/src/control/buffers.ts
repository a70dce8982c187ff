import type {Run} from '../healing/runs.js';
import type {Tensors} from '../runtime/runtime.js';

/** What can be given away: each input has a buffer of its own, but for one array that is several inputs. */
export function buffersOf(tensors: Tensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({data}) => data.buffer as ArrayBuffer))];
}

/** Elements of all inputs of a call. */
export function sizeOf({tensors}: Run): number {
  return Object.values(tensors).reduce((size, {data}) => size + data.length, 0);
}
