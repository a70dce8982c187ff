import * as ort from 'onnxruntime-node';

/** @typedef {import('./case.mjs').Case} Case @typedef {import('./case.mjs').Tensor} Tensor */

/**
 * What onnxruntime-node answers, each operator computed as it stands in the file: no fusion, no other order.
 *
 * @param {Case} one
 * @returns {Promise<Record<string, Tensor>>}
 */
export async function reference({name, model, inputs}) {
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
    });
    const feeds = Object.entries(inputs).map(([key, {dtype, data, shape}]) => [
      key,
      new ort.Tensor(/** @type {never} */ (dtype), /** @type {never} */ (data), shape),
    ]);
    const outputs = await session.run(Object.fromEntries(feeds));
    await session.release();
    return Object.fromEntries(Object.entries(outputs).map(([key, tensor]) => [key, plain(tensor)]));
  } catch (cause) {
    throw new Error(`${name}: onnxruntime-node refuses it: ${cause instanceof Error ? cause.message : cause}`, {cause});
  }
}

/** @param {ort.Tensor} tensor @returns {Tensor} */
function plain({type, dims, data}) {
  const values = /** @type {Tensor['data']} */ (data);
  // As the port wants it: bits, where this Node has an array class for float16.
  const bits = type === 'float16' ? new Uint16Array(values.buffer, values.byteOffset, values.length) : values;
  return {dtype: /** @type {Tensor['dtype']} */ (type), shape: [...dims], data: bits};
}
