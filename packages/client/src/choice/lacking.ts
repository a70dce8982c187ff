import {sizeIn} from '@kedge/core';
import type {DeviceFacts} from './probe.js';

const has: Record<string, (device: DeviceFacts) => boolean> = {
  webgpu: ({gpu}) => gpu !== null,
  gpu: ({gpu}) => gpu !== null && !gpu.software,
  'shader-f16': ({gpu}) => gpu?.float16 === true,
  jspi: ({jspi}) => jspi,
  threads: ({isolated, cores}) => isolated && (cores ?? 1) > 1,
};

/**
 * What a form of a version asks for, and a device is known not to have. A browser that does not say how much memory there is
 * may have it; a feature that this client does not know it does not have.
 *
 * @param features of `Manifest.runtime`
 */
export function lacking(features: readonly string[], device: DeviceFacts): string[] {
  return features.filter(feature => {
    const [memoryGiB, bindingMiB] = [sizeIn(feature, 'memory'), sizeIn(feature, 'binding')];
    if (memoryGiB !== undefined) return device.memoryGiB !== null && device.memoryGiB < memoryGiB;
    if (bindingMiB !== undefined) return (device.gpu?.maxBindingBytes ?? 0) < bindingMiB * 2 ** 20;
    return !(Object.hasOwn(has, feature) && has[feature]!(device));
  });
}
