import {KedgeError} from '@kedge/core';
import {env, InferenceSession, Tensor} from 'onnxruntime-node';
import type {Files, Loadable, Session, Tensors} from './runtime.js';

/** Version of the onnxruntime API, which the browser's package shares. */
export const onnxVersion = env.versions.common;

/** The file in onnxruntime, on the CPU. @throws KedgeError `model_invalid` naming the file */
export async function loadOnnx(model: Uint8Array, file: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {executionProviders: ['cpu'], logSeverityLevel: 4});
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new KedgeError(
      'model_invalid',
      `${file} (${model.length} bytes): expected an ONNX model, but onnxruntime refused it: ${detail.trim()}; export it again, or fetch the whole file`,
      {cause},
    );
  }
}

export async function openOnnx({model, version, entry}: Loadable, files: Files): Promise<Session> {
  const bytes = files.get(entry);
  if (!bytes) throw new KedgeError('model_invalid', `${model}@${version}: ${entry} is not among its files`);
  const session = await loadOnnx(bytes, entry);
  return {
    run: inputs => run(session, inputs),
    release: () => session.release(),
  };
}

async function run(session: InferenceSession, inputs: Tensors): Promise<Tensors> {
  const feeds = Object.entries(inputs).map(
    // The overloads of Tensor tie dtype and data together; here they come from one TensorSpec.
    ([name, {dtype, data, shape}]) => [name, new Tensor(dtype as 'float32', data as Float32Array, shape)] as const,
  );
  const results = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(results).map(([name, {type, dims, data}]) => [name, {dtype: type, shape: dims, data}]),
  ) as Tensors;
}
