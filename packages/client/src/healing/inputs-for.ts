import {toTensors} from '../inputs.js';
import type {Loaded} from '../loader.js';
import type {Tensors} from '../runtime/runtime.js';
import type {Run} from './runs.js';

/** The inputs of a call, for another version than they were given for; undefined where it takes others. The state of a stream is the version's own. */
export function inputsFor({tensors, options}: Run, loaded: Loaded): Tensors | undefined {
  let state;
  try {
    state = options.stateFor?.(loaded);
  } catch {
    // It has no such state.
    return undefined;
  }
  return toTensors(loaded.manifest.inputs, {...tensors, ...state});
}
