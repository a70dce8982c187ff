/**
 * The same tables as a tfjs layers model: one embedding of eight columns.
 *
 * @param {readonly Float32Array[]} tables
 * @returns {{topology: string, weights: Buffer}}
 */
export function tfjsModel(tables) {
  const rows = tables[0]?.length ?? 0;
  const values = new Float32Array(rows * tables.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < tables.length; column++)
      values[row * tables.length + column] = Number(tables[column]?.[row]);
  const layer = {
    class_name: 'Embedding',
    config: {
      name: 'table',
      trainable: true,
      dtype: 'float32',
      batch_input_shape: [null, 1],
      input_dim: rows,
      output_dim: tables.length,
      input_length: 1,
      mask_zero: false,
    },
  };
  const topology = {
    format: 'layers-model',
    modelTopology: {
      class_name: 'Sequential',
      config: {name: 'table', layers: [layer]},
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: [{name: 'table/embeddings', shape: [rows, tables.length], dtype: 'float32'}],
      },
    ],
  };
  return {topology: JSON.stringify(topology), weights: Buffer.from(values.buffer)};
}
