/** What a manifest's `runtime.features` may ask of a device, beside `memory-N` and `binding-N`. */
export const features = ['webgpu', 'gpu', 'shader-f16', 'jspi', 'threads'] as const;

const sized = /^(memory|binding)-([1-9]\d{0,5})$/;

/** @returns of `memory-4` the 4; undefined of anything else */
export function sizeIn(feature: string, of: 'memory' | 'binding'): number | undefined {
  const [, kind, size] = sized.exec(feature) ?? [];
  return kind === of ? Number(size) : undefined;
}

/** Whether a client can tell whether a device has it. */
export const isFeature = (feature: string): boolean =>
  sized.test(feature) || (features as readonly string[]).includes(feature);
