import {readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';

/**
 * Builds the layers model that `write_weights.py` describes, and saves it as `model.json` and `weights.bin`.
 *
 * @param from folder with `layers.json` and `layers.bin`
 * @param to folder to write to
 */
export async function buildTfjs(from, to) {
  await tf.setBackend('cpu');
  const layers = JSON.parse(readFileSync(join(from, 'layers.json'), 'utf8'));
  const model = assemble(layers);
  const bytes = Uint8Array.from(readFileSync(join(from, 'layers.bin')));
  model.setWeights(split(new Float32Array(bytes.buffer), layers));
  mkdirSync(to, {recursive: true});
  await model.save(tf.io.withSaveHandler(artifacts => save(artifacts, to)));
}

/** The model up to what goes into softmax, to compare with the logits of training. */
export function upToLogits(model) {
  return tf.model({inputs: model.inputs, outputs: model.getLayer('logits').output});
}

function assemble(layers) {
  const image = tf.input({shape: [28, 28, 1], name: 'image', dtype: 'float32'});
  let last = image;
  layers.forEach((layer, index) => {
    const activation = index < layers.length - 1 ? 'relu' : 'linear';
    if (layer.kind === 'dense' && last.shape.length > 2) last = tf.layers.flatten({name: 'flatten'}).apply(last);
    last = toLayer(layer, index === layers.length - 1 ? 'logits' : `${layer.kind}${index}`, activation).apply(last);
  });
  return tf.model({inputs: image, outputs: tf.layers.softmax({name: 'scores'}).apply(last), name: 'digits'});
}

/** Zero initializers: the weights come from training, and random ones would only cost time. */
function toLayer({kind, stride, kernel}, name, activation) {
  const shared = {name, activation, kernelInitializer: 'zeros', biasInitializer: 'zeros'};
  if (kind === 'dense') return tf.layers.dense({...shared, units: kernel[1]});
  return tf.layers.conv2d({...shared, filters: kernel[3], kernelSize: kernel.slice(0, 2), strides: stride});
}

function split(values, layers) {
  let offset = 0;
  return layers
    .flatMap(({kernel, bias}) => [kernel, bias])
    .map(shape => {
      const size = tf.util.sizeFromShape(shape);
      offset += size;
      return tf.tensor(values.slice(offset - size, offset), shape);
    });
}

async function save({modelTopology, weightSpecs, weightData}, folder) {
  const weightsManifest = [{paths: ['weights.bin'], weights: weightSpecs}];
  const model = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js ${tf.version.tfjs}`,
    convertedBy: null,
    modelTopology,
    weightsManifest,
  };
  writeFileSync(join(folder, 'model.json'), `${JSON.stringify(model)}\n`);
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(weightData));
  return {modelArtifactsInfo: {dateSaved: new Date(0), modelTopologyType: 'JSON'}};
}
