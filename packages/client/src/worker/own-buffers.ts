import type {Tensors} from '../runtime/runtime.js';

/** A smaller buffer is copied in less time than it is handed over. */
const transferFromBytes = 32 * 1024;

/** Large buffers that the outputs alone use; one that the runtime still owns (the WASM heap) is copied by the message instead. */
export function ownBuffers(outputs: Tensors): ArrayBuffer[] {
  const buffers = Object.values(outputs)
    .filter(({data}) => data.byteLength >= transferFromBytes && data.byteLength === data.buffer.byteLength)
    .map(({data}) => data.buffer);
  return [...new Set(buffers)] as ArrayBuffer[];
}
