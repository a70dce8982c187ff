import type {DeviceFacts} from './probe.js';

/** The GPU, and what of it a choice depends on, as notes name it; empty without one. A browser may give one without a name. */
export function gpuOf({gpu}: DeviceFacts): string {
  if (!gpu) return '';
  return [gpu.name || 'unnamed', gpu.software && 'software', gpu.float16 && 'shader-f16'].filter(Boolean).join(', ');
}
