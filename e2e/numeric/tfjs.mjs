// Writes TensorFlow.js models: a `model.json` with the graph or layers, and their weights in one file.
import {onnxModel} from './onnx.mjs';

/**
 * @typedef {import('./onnx.mjs').Tensor} Tensor
 * @typedef {import('@kedge/core').DType} DType
 * @typedef {{format: 'tfjs-graph' | 'tfjs-layers', json: object, weights: Uint8Array}} TfjsFiles `weights` is `weights.bin`; there is none where it is empty
 * @typedef {{op: string, inputs: string[], output: string, attributes?: Record<string, object>}} TfNode
 * @typedef {{op: string, note: string, inputs: Record<string, Tensor>, weights?: Record<string, Tensor>, outputs?: Record<string, DType>, tolerance?: Partial<import('./case.mjs').Tolerance>, onnx: import('./onnx.mjs').Node[]}} Asked `onnx`: the same in ONNX, over the same inputs and weights
 */

/** @type {Partial<Record<DType, string>>} */
const types = {float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL'};

const base64 = (/** @type {string} */ text) => Buffer.from(text).toString('base64');

/** Attributes of TensorFlow's nodes, as `model.json` has them. */
export const attr = {
  type: (/** @type {DType} */ dtype) => ({type: types[dtype]}),
  int: (/** @type {number} */ value) => ({i: String(value)}),
  ints: (/** @type {number[]} */ ...values) => ({list: {i: values.map(String)}}),
  float: (/** @type {number} */ f) => ({f}),
  flag: (/** @type {boolean} */ b) => ({b}),
  text: (/** @type {string} */ text) => ({s: base64(text)}),
};

const dims = (/** @type {readonly number[]} */ shape) => ({dim: shape.map(size => ({size: String(size)}))});

/** @param {Record<string, Tensor>} weights */
function weightFile(weights) {
  const all = Object.entries(weights);
  const specs = all.map(([name, {dtype, shape}]) => ({name, dtype, shape}));
  const bytes = all.map(([, {data}]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return {
    weightsManifest: [{paths: specs.length ? ['weights.bin'] : [], weights: specs}],
    weights: new Uint8Array(Buffer.concat(bytes)),
  };
}

/** @param {Asked} asked @param {Omit<TfjsFiles, 'weights'> & {weights: Record<string, Tensor>}} model @returns {import('./case.mjs').Case} */
function caseOf({op, note, inputs, weights = {}, outputs = {y: 'float32'}, tolerance, onnx}, {format, json, ...own}) {
  const {weights: bytes, weightsManifest} = weightFile(own.weights);
  const name = `tfjs-${op}-${note}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const model = onnxModel({nodes: onnx, inputs, weights, outputs}, 21);
  const tfjs = {format, json: {...json, weightsManifest}, weights: bytes};
  return {name, op, model, inputs, outputs, tfjs, ...(tolerance && {tolerance})};
}

/** A graph model of these nodes. @param {Asked & {nodes: TfNode[], constants?: Record<string, Tensor>}} asked `constants`: weights that only TensorFlow's form has */
export function tfGraph({nodes, constants = {}, ...asked}) {
  const {inputs, weights = {}} = asked;
  // Sizes and axes as ONNX wants them are int64, which tfjs does not have.
  const shared = Object.entries(weights).filter(([, {dtype}]) => dtype in types);
  const all = {...Object.fromEntries(shared), ...constants};
  const node = [
    ...Object.entries(inputs).map(([name, {dtype, shape}]) => ({
      ...{name, op: 'Placeholder'},
      attr: {dtype: attr.type(dtype), shape: {shape: dims(shape)}},
    })),
    ...Object.entries(all).map(([name, {dtype, shape}]) => ({
      ...{name, op: 'Const'},
      attr: {dtype: attr.type(dtype), value: {tensor: {dtype: types[dtype], tensorShape: dims(shape)}}},
    })),
    ...nodes.map(({op, inputs, output, attributes = {}}) => ({name: output, op, input: inputs, attr: attributes})),
  ];
  const json = {format: 'graph-model', modelTopology: {node, library: {}, versions: {producer: 1482}}};
  return caseOf(asked, {format: 'tfjs-graph', json, weights: all});
}

/**
 * A layers model of `x`, one layer after the other.
 *
 * @param {Asked & {layers: {class: string, config?: object, weights?: Record<string, Tensor>}[]}} asked
 */
export function tfLayers({layers, ...asked}) {
  const {shape, dtype} = /** @type {Tensor} */ (asked.inputs['x']);
  const input = {
    ...{class_name: 'InputLayer', name: 'in', inbound_nodes: []},
    config: {name: 'in', batch_input_shape: [null, ...shape.slice(1)], dtype, sparse: false},
  };
  const others = layers.map((layer, i) => ({
    ...{class_name: layer.class, name: `l${i}`},
    config: {name: `l${i}`, trainable: true, ...layer.config},
    inbound_nodes: [[[i ? `l${i - 1}` : 'in', 0, 0, {}]]],
  }));
  const weights = layers.flatMap(({weights = {}}, i) =>
    Object.entries(weights).map(([name, tensor]) => [`l${i}/${name}`, tensor]),
  );
  const ends = {input_layers: [['in', 0, 0]], output_layers: [[`l${layers.length - 1}`, 0, 0]]};
  const config = {name: 'm', layers: [input, ...others], ...ends};
  const json = {format: 'layers-model', modelTopology: {class_name: 'Model', config}};
  return caseOf(asked, {format: 'tfjs-layers', json, weights: Object.fromEntries(weights)});
}
