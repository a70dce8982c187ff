import {fromBase64} from '@kedge/core';

/** Some of a module's own functions: function i is bit i % 8 of byte i / 8, as in `Manifest.runtime.functions`. */
export type Functions = Uint8Array<ArrayBuffer>;

/** As the manifest has them; undefined where it does not say, or says nothing that reads. */
export const functionsFrom = (text: string | undefined) => (text ? fromBase64(text) : undefined);

export const covers = (functions: Functions, wanted: Functions) =>
  wanted.every((bits, i) => (bits & ~(functions[i] ?? 0)) === 0);

export function union(a: Functions, b: Functions): Functions {
  const [longer, shorter] = a.length < b.length ? [b, a] : [a, b];
  return longer.map((bits, i) => bits | (shorter[i] ?? 0));
}
