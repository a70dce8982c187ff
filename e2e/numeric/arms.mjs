/**
 * @typedef {import('@kedge/client').ExecutionProvider} ExecutionProvider
 *
 * @typedef {object} Arm what a case is computed by
 * @property {'onnx' | 'tfjs'} runtime
 * @property {ExecutionProvider} provider the only one that the client may use
 * @property {boolean} [isolated] on a cross-origin isolated page
 * @property {boolean} [trimmed] at a second visit, which begins with the functions alone of onnxruntime that the models call; the first case of each operator
 * @property {boolean} [asyncify] where WebAssembly can't be suspended: onnxruntime's `/webgpu` build; the first case of each operator
 */

/** By the name that results, `known.json` and the tables have. @type {Record<string, Arm>} */
export const arms = {
  wasm: {runtime: 'onnx', provider: 'wasm'},
  'wasm:2': {runtime: 'onnx', provider: 'wasm:2', isolated: true},
  'wasm-trimmed': {runtime: 'onnx', provider: 'wasm', trimmed: true},
  webgpu: {runtime: 'onnx', provider: 'webgpu'},
  'webgpu-asyncify': {runtime: 'onnx', provider: 'webgpu', asyncify: true},
  'tfjs-wasm': {runtime: 'tfjs', provider: 'wasm'},
  'tfjs-webgpu': {runtime: 'tfjs', provider: 'webgpu'},
  'tfjs-cpu': {runtime: 'tfjs', provider: 'cpu'},
};

/** @param {string} name @returns {Arm} @throws Error for one that there is not */
export function armOf(name) {
  const arm = arms[name];
  if (!arm) throw new Error(`provider ${name}: expected ${Object.keys(arms).join(', ')}`);
  return arm;
}

/** Whether an arm computes a case. @param {string} name @param {Pick<import('./case.mjs').Case, 'tfjs' | 'isFirst'>} one */
export function takes(name, {tfjs, isFirst = false}) {
  const {runtime, trimmed, asyncify} = armOf(name);
  return (runtime === 'tfjs') === !!tfjs && (isFirst || !(trimmed || asyncify));
}
