import type {Tensors} from '../runtime/runtime.js';

/** A smaller buffer is copied in less time than it is handed over. */
const transferFromBytes = 32 * 1024;

/**
 * Large buffers that the outputs alone use, and what the inputs came in, of any size: what was handed over goes back. One that the
 * runtime still owns (the WASM heap) is copied by the message instead.
 */
export function ownBuffers(outputs: Tensors, inputs: Tensors): ArrayBuffer[] {
  const own = Object.values(outputs).filter(
    ({data: {byteLength, buffer}}) => byteLength >= transferFromBytes && byteLength === buffer.byteLength,
  );
  return [...new Set([...own, ...Object.values(inputs)].map(({data}) => data.buffer as ArrayBuffer))];
}
