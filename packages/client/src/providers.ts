import type {RuntimeDescriptor} from './api.js';
import type {ExecutionProvider} from './runtime/runtime.js';

const defaults: readonly ExecutionProvider[] = ['wasm', 'webgpu'];

/** Execution providers of a runtime, the one to try first in front. */
export const providersOf = ({providers = defaults}: RuntimeDescriptor) => providers;
