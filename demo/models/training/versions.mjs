/**
 * What is said about each version, and where its files lie under `digits/<version>/`.
 * `floor` is the least accuracy on the test digits: training fails below it.
 */
export const versions = {
  '1.0.0': {
    title: 'softmax regression',
    files: ['model.onnx'],
    floor: 0.915,
    runtime: {package: 'onnxruntime-web', version: '1.30.0'},
    parent: undefined,
    how: 'One weight per pixel and digit, then softmax. No augmentation: 12 epochs of Adam on the digits as scanned.',
    limits: ['A linear model: it knows where ink lies, not which strokes make it. It is the naive model to beat.'],
  },
  '1.1.0': {
    title: 'small convolutional network',
    files: ['model.onnx'],
    floor: 0.985,
    runtime: {package: 'onnxruntime-web', version: '1.30.0'},
    parent: '1.0.0',
    how:
      'Three convolutions (5 x 5 stride 2, 3 x 3, 4 x 4 stride 2) with 16, 32 and 48 maps, a dense layer of 64, ' +
      'softmax. 8 epochs of Adam; every digit is turned, scaled, sheared, moved, wobbled, thickened or thinned anew ' +
      'each time, so that it also reads digits drawn with a mouse.',
    limits: [],
  },
  '1.2.0': {
    title: 'small convolutional network for TensorFlow.js',
    files: ['tfjs/model.json', 'tfjs/weights.bin'],
    floor: 0.985,
    format: 'tfjs-layers',
    runtime: {package: '@tensorflow/tfjs', version: '4.22.0'},
    parent: '1.1.0',
    how:
      'The network of 1.1.0, trained from another seed with PyTorch, its weights carried over to a layers model whose ' +
      'logits agree with those of training on all 10 000 test digits.',
    limits: [],
  },
};

export const created = '2026-11-23';
export const author = 'Kedge maintainers';
export const licence = 'Apache-2.0';
export const intendedUse =
  'Shows Kedge on real data: reads one handwritten digit that a visitor draws in the demo, and is compared with the ' +
  'other versions by the labels that the visitor gives.';

export const harms = [
  'A person whose amount, postcode or dose is misread, if this were put behind a form: it was not made for that.',
  'People who write digits unlike US census staff and high-school students around 1990, the only writers in MNIST: they ' +
    'may be misread more often, and no test here says how much. A 1 with a long flag is taken for a 7; digits of other ' +
    'scripts are not known at all.',
];

export const watched =
  'Per arm by the share of labelled predictions that were right, with its interval, by the label rate, and by the ' +
  'distribution of predicted digits against the reference; the kill switch answers with the class prior.';
