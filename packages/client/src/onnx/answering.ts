/** Eight bytes that no module begins with, for `env.wasm.wasmBinary`: what onnxruntime-web is given it holds for its life. */
export const placeholder = new ArrayBuffer(8);

/**
 * Runs `work`, in which onnxruntime-web starts with the placeholder for its binary, and is given what `answer` makes.
 *
 * onnxruntime-web takes bytes only and has no hook for anything else, so its one call of `WebAssembly.instantiate` is answered.
 */
export async function answering<T>(
  answer: (imports: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>,
  work: () => Promise<T>,
): Promise<T> {
  const {instantiate} = WebAssembly;
  const instead = (source: BufferSource | WebAssembly.Module, imports: WebAssembly.Imports) =>
    source === placeholder || (source as Uint8Array).buffer === placeholder
      ? answer(imports)
      : instantiate(source as BufferSource, imports);
  Object.assign(WebAssembly, {instantiate: instead});
  try {
    return await work();
  } finally {
    Object.assign(WebAssembly, {instantiate});
  }
}
