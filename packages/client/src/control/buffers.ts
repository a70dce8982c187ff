import type {Tensors} from '../runtime/runtime.js';

/** What can be given away: each input has a buffer of its own, but for one array that is several inputs. */
export function buffersOf(tensors: Tensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({data}) => data.buffer as ArrayBuffer))];
}
