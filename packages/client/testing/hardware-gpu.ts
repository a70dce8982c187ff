import {vi} from 'vitest';

/** The page sees a GPU in hardware, with that name; the worker computes on what there is. Ends with `mockRestore`. */
export async function hardwareGpu(vendor = 'acme') {
  const {limits} = (await navigator.gpu.requestAdapter())!;
  const info = {vendor, architecture: '', device: '', description: '', isFallbackAdapter: false};
  const adapter = {info, features: new Set(['shader-f16']), limits, isFallbackAdapter: false};
  return vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(adapter as unknown as GPUAdapter);
}
