/**
 * Loaded where an app asks for a stream: runs of a model whose state tensors go from each run to the next.
 *
 * @module
 */
export {openStream} from './stream/stream.js';
