/** Eight bytes that no module begins with, for `env.wasm.wasmBinary`: what onnxruntime-web is given it holds for its life. */
export const placeholder = new ArrayBuffer(8);

type Answer = (imports: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;

/** Of those that start now, in their order: whoever begins it starts the runtime, which is one for all. */
const answers: Answer[] = [];
let instantiate: (source: BufferSource, imports: WebAssembly.Imports) => Promise<unknown>;

const instead = (source: BufferSource, imports: WebAssembly.Imports) =>
  source === placeholder || (source as Uint8Array).buffer === placeholder
    ? answers[0]!(imports)
    : instantiate(source, imports);

/**
 * Runs `work`, in which onnxruntime-web starts with the placeholder for its binary, and is given what `answer` makes.
 *
 * onnxruntime-web takes bytes only and has no hook for anything else, so its one call of `WebAssembly.instantiate` is answered.
 */
export async function answering<T>(answer: Answer, work: () => Promise<T>): Promise<T> {
  if (!answers.length) {
    ({instantiate} = WebAssembly);
    Object.assign(WebAssembly, {instantiate: instead});
  }
  answers.push(answer);
  try {
    return await work();
  } finally {
    answers.splice(answers.indexOf(answer), 1);
    if (!answers.length) Object.assign(WebAssembly, {instantiate});
  }
}
