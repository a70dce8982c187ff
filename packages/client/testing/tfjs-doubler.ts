const weight = (scale: number) => new Uint8Array(Float32Array.of(scale).buffer);

function files(modelTopology: object, weightName: string, shape: number[], scale: number, more: object = {}) {
  const weights = [{name: weightName, shape, dtype: 'float32'}];
  const json = {modelTopology, weightsManifest: [{paths: ['weights.bin'], weights}], ...more};
  return new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(json))],
    ['weights.bin', weight(scale)],
  ]);
}

/** A tfjs layers model `y = scale * x` over float32[batch, 1]; its own names are others. */
export function layersDoubler(scale: number): Map<string, Uint8Array<ArrayBuffer>> {
  const input = {
    class_name: 'InputLayer',
    name: 'in',
    config: {batch_input_shape: [null, 1], dtype: 'float32', sparse: false, name: 'in'},
    inbound_nodes: [],
  };
  const dense = {
    class_name: 'Dense',
    name: 'dense',
    config: {units: 1, activation: 'linear', use_bias: false, name: 'dense', trainable: true},
    inbound_nodes: [[['in', 0, 0, {}]]],
  };
  const config = {
    name: 'm',
    layers: [input, dense],
    input_layers: [['in', 0, 0]],
    output_layers: [['dense', 0, 0]],
  };
  return files({class_name: 'Model', config}, 'dense/kernel', [1, 1], scale, {format: 'layers-model'});
}

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: object;
}

const float = {type: 'DT_FLOAT'};
const dims = (...sizes: number[]) => ({dim: sizes.map(size => ({size: String(size)}))});

export const placeholder = (name: string, type = 'DT_FLOAT'): Node => ({
  name,
  op: 'Placeholder',
  attr: {dtype: {type}, shape: {shape: dims(-1, 1)}},
});

export const node = (name: string, op: string, ...input: string[]): Node => ({name, op, input, attr: {T: float}});

const factor: Node = {
  name: 'k',
  op: 'Const',
  attr: {dtype: float, value: {tensor: {dtype: 'DT_FLOAT', tensorShape: dims(1)}}},
};

interface GraphOptions {
  signature?: object;
  /** Nodes that are asked for besides those that no other node uses. */
  outputs?: readonly string[];
}

/** A tfjs graph model of these nodes, besides the weight `k`, float32[1]. */
export function graph(
  nodes: readonly Node[],
  k: number,
  {signature, outputs}: GraphOptions = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const topology = {node: [...nodes, factor], library: {}, versions: {producer: 1482}};
  const named = outputs && {outputs: Object.fromEntries(outputs.map(name => [name, {name: `${name}:0`}]))};
  return files(topology, 'k', [1], k, {
    format: 'graph-model',
    ...((signature ?? named) && {signature: signature ?? named}),
  });
}

/** A tfjs graph model `y = scale * x` over float32[batch, 1]. */
export function graphDoubler(scale: number): Map<string, Uint8Array<ArrayBuffer>> {
  return graph([placeholder('x'), node('y', 'Mul', 'x', 'k')], scale);
}
