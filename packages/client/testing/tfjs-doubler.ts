interface Weight {
  name: string;
  shape: readonly number[];
  /** Of each element. */
  value: number;
}

const product = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

function files(modelTopology: object, weights: readonly Weight[], more: object = {}) {
  const specs = weights.map(({name, shape}) => ({name, shape, dtype: 'float32'}));
  const json = {modelTopology, weightsManifest: [{paths: ['weights.bin'], weights: specs}], ...more};
  return new Map([
    ['model.json', new TextEncoder().encode(JSON.stringify(json))],
    [
      'weights.bin',
      new Uint8Array(
        Float32Array.from(weights.flatMap(({shape, value}) => Array<number>(product(shape)).fill(value))).buffer,
      ),
    ],
  ]);
}

interface Layer {
  kind: string;
  name: string;
  /** The layers that it takes its inputs from. */
  from?: readonly string[];
  config: object;
}

export const inputLayer = (name: string, dtype: string, ...shape: number[]): Layer => ({
  ...{kind: 'InputLayer', name, config: {batch_input_shape: [null, ...shape], dtype, sparse: false}},
});

/** Of one unit, without a bias: its kernel is one weight. */
export const denseLayer = (name: string, from: string): Layer => ({
  ...{kind: 'Dense', name, from: [from]},
  config: {units: 1, activation: 'linear', use_bias: false, trainable: true},
});

/** A tfjs layers model, whose inputs are its input layers; the kernel is that of its layer `dense`. */
export function layersModel(layers: readonly Layer[], outputs: readonly string[], kernel?: number) {
  const inputs = layers.filter(({kind}) => kind === 'InputLayer').map(({name}) => name);
  const first = (names: readonly string[]) => names.map(name => [name, 0, 0]);
  const config = {
    name: 'm',
    layers: layers.map(({kind, name, from, config}) => ({
      ...{class_name: kind, name, config: {...config, name}},
      inbound_nodes: from ? [from.map(each => [each, 0, 0, {}])] : [],
    })),
    input_layers: first(inputs),
    output_layers: first(outputs),
  };
  const weights = kernel === undefined ? [] : [{name: 'dense/kernel', shape: [1, 1], value: kernel}];
  return files({class_name: 'Model', config}, weights, {format: 'layers-model'});
}

/** A tfjs layers model `y = scale * x` over float32[batch, 1]; its own names are others. */
export function layersDoubler(scale: number): Map<string, Uint8Array<ArrayBuffer>> {
  return layersModel([inputLayer('in', 'float32', 1), denseLayer('dense', 'in')], ['dense'], scale);
}

/** A layers model over float32[1, 1, 1] whose one LSTM keeps its state from call to call. */
export function statefulLayers() {
  const shape = {batch_input_shape: [1, 1, 1], dtype: 'float32'};
  const config = {
    ...shape,
    name: 'lstm',
    units: 1,
    activation: 'tanh',
    recurrent_activation: 'sigmoid',
    stateful: true,
  };
  const layers = [{class_name: 'LSTM', config}];
  const weights = [
    {name: 'lstm/kernel', shape: [1, 4], value: 0.5},
    {name: 'lstm/recurrent_kernel', shape: [1, 4], value: 0.5},
    {name: 'lstm/bias', shape: [4], value: 0.5},
  ];
  return files({class_name: 'Sequential', config: {name: 's', layers}}, weights, {format: 'layers-model'});
}

interface Node {
  name: string;
  op: string;
  input?: string[];
  attr?: object;
}

const float = {type: 'DT_FLOAT'};
const dims = (...sizes: number[]) => ({dim: sizes.map(size => ({size: String(size)}))});

export const placeholder = (name: string, type = 'DT_FLOAT', shape: readonly number[] = [-1, 1]): Node => ({
  name,
  op: 'Placeholder',
  attr: {dtype: {type}, shape: {shape: dims(...shape)}},
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
  return files(topology, [{name: 'k', shape: [1], value: k}], {
    format: 'graph-model',
    ...((signature ?? named) && {signature: signature ?? named}),
  });
}

/** A tfjs graph model `y = scale * x` over float32[batch, 1]. */
export function graphDoubler(scale: number): Map<string, Uint8Array<ArrayBuffer>> {
  return graph([placeholder('x'), node('y', 'Mul', 'x', 'k')], scale);
}
