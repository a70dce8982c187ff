import {onnxRuntime, type Session} from '@kedge/client/runtime';
import {KedgeError, type Manifest} from '@kedge/core';
import * as ort from 'onnxruntime-node';
import type {Files, Loadable} from './runtime.js';

/** Version of the onnxruntime API, which the browser's package shares. */
export const onnxVersion = ort.env.versions.common;

/** The client's own adapter over Node's onnxruntime: what is measured here is what devices run. */
const runtime = onnxRuntime({
  providers: async () => ['cpu'],
  module: async () => ort,
});

/** The file in onnxruntime, to ask what it is. @throws KedgeError `model_invalid` naming the file */
export async function loadOnnx(model: Uint8Array, file: string): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {executionProviders: ['cpu'], logSeverityLevel: 4});
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.trim().replace(/\.$/, '') : String(cause);
    throw new KedgeError(
      'model_invalid',
      `${file} (${model.length} bytes): expected an ONNX model, but onnxruntime refused it: ${detail}; export it again, or fetch the whole file`,
      {cause},
    );
  }
}

/** @throws KedgeError `model_invalid` */
export function openOnnx(loadable: Loadable, files: Files): Promise<Session> {
  // Of a manifest the adapter reads the names and the entry only.
  return runtime.load(loadable as Manifest, files, 'cpu');
}
