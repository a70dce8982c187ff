import {vi} from 'vitest';

/** Tells when this array is to be copied, before it is, until `vi.unstubAllGlobals`. What is thrown then, the copy throws. */
export function onCopy<Data extends Float32Array | BigInt64Array>(data: Data, told: () => void): Data {
  const name = data[Symbol.toStringTag];
  const construct = (plain: typeof Float32Array, [of, ...rest]: unknown[]) => {
    if (of === data) told();
    return Reflect.construct(plain, [of, ...rest]) as object;
  };
  vi.stubGlobal(name, new Proxy(globalThis[name] as typeof Float32Array, {construct}));
  return data;
}
