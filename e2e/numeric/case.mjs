import {onnxModel} from './onnx.mjs';

/**
 * @typedef {import('./onnx.mjs').Tensor} Tensor
 * @typedef {import('./onnx.mjs').Graph} Graph
 * @typedef {import('@kedge/core').DType} DType
 *
 * @typedef {object} Tolerance a value is wrong when it differs by more than `absolute + relative × |reference|`
 * @property {number} absolute
 * @property {number} relative
 *
 * @typedef {object} Case one small model and what it is asked
 * @property {string} name also the model's name
 * @property {string} op what the table groups it under
 * @property {Uint8Array} model ONNX; of a case for tfjs the same in ONNX, for the reference
 * @property {import('./tfjs.mjs').TfjsFiles} [tfjs] what tfjs loads
 * @property {Record<string, Tensor>} inputs
 * @property {Record<string, DType>} outputs
 * @property {boolean} [isFirst] of its operator
 * @property {Partial<Tolerance>} [tolerance] where the default of the output's dtype is too narrow, with the reason beside it
 */

/** The newest version of the standard operators unless a case needs an older one. */
const newest = 21;

/** Marks an input as a weight of the model. @param {Tensor} tensor */
export const fixed = tensor => ({fixed: tensor});

/**
 * A model of one operator.
 *
 * @param {string} op
 * @param {string} note names the case among those of its operator
 * @param {Record<string, Tensor | {fixed: Tensor} | undefined>} inputs in the operator's order; undefined is an optional one left out
 * @param {{attributes?: import('./onnx.mjs').Node['attributes'], outputs?: Record<string, DType>, opset?: number, domain?: string, tolerance?: Partial<Tolerance>}} [options]
 * @returns {Case}
 */
export function single(op, note, inputs, {attributes, outputs = {y: 'float32'}, domain, ...options} = {}) {
  const names = Object.keys(inputs).map(name => (inputs[name] ? name : undefined));
  const fed = Object.entries(inputs).flatMap(([name, input]) => (input && 'dtype' in input ? [[name, input]] : []));
  const weights = Object.entries(inputs).flatMap(([name, input]) =>
    input && 'fixed' in input ? [[name, input.fixed]] : [],
  );
  return graph(
    op,
    note,
    {
      nodes: [{op, inputs: names, outputs: Object.keys(outputs), attributes, domain}],
      inputs: Object.fromEntries(fed),
      weights: Object.fromEntries(weights),
      outputs,
    },
    options,
  );
}

/**
 * A model of several operators.
 *
 * @param {string} op what the table groups it under
 * @param {string} note
 * @param {Graph & {inputs: Record<string, Tensor>}} graph
 * @param {{opset?: number, tolerance?: Partial<Tolerance>}} [options]
 * @returns {Case}
 */
export function graph(op, note, graph, {opset = newest, tolerance} = {}) {
  const name = `${op}-${note}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const {inputs, outputs} = graph;
  return {name, op, model: onnxModel(graph, opset), inputs, outputs, ...(tolerance && {tolerance})};
}
