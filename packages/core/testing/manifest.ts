export const digest = (letter: string) => letter.repeat(64);
export const slice = {artifact: 'golden.bin', offset: 0, bytes: 8, dtype: 'float32', shape: [1, 2]};

/** A whole manifest, small. */
export function manifest() {
  return {
    schema: 'kedge.manifest/1',
    model: 'digits',
    version: '1.0.0',
    variant: 'int8',
    task: 'classification',
    format: 'onnx',
    entry: 'model.onnx',
    artifacts: [
      {
        path: 'model.onnx',
        sha256: digest('a'),
        bytes: 30,
        chunks: [
          {sha256: digest('b'), bytes: 10},
          {sha256: digest('c'), bytes: 20},
        ],
      },
      {path: 'golden.bin', sha256: digest('d'), bytes: 16, chunks: [{sha256: digest('d'), bytes: 16}]},
    ],
    inputs: [{name: 'image', dtype: 'float32', shape: ['batch', 1, 28, 28], range: [0, 1]}],
    outputs: [{name: 'scores', dtype: 'float32', shape: ['batch', 10]}],
    patches: [
      {
        artifact: 'model.onnx',
        base: digest('e'),
        sha256: digest('f'),
        bytes: 5,
        chunks: [{sha256: digest('f'), bytes: 5}],
      },
    ],
    golden: [
      {inputs: {image: slice}, outputs: {scores: {...slice, offset: 8}}, tolerance: {absolute: 0.001, relative: 0}},
    ],
    runtime: {
      ...{package: 'onnxruntime-web', version: '1.30.0'},
      files: [{path: 'ort.wasm', sha256: digest('9'), bytes: 7, chunks: [{sha256: digest('9'), bytes: 7}]}],
    },
  };
}
