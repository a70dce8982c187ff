import {onnxRuntime, type OrtModule, type Session} from '@kedge/client/runtime';
import {KedgeError, type Manifest} from '@kedge/core';
import * as ort from 'onnxruntime-node';
import type {FoundTensor} from '../pack/specs.js';
import type {Files, Loadable} from './runtime.js';

/** Version of the onnxruntime API, which the browser's package shares. */
export const onnxVersion = ort.env.versions.common;

/**
 * Inputs and outputs as onnxruntime has them.
 *
 * @param bytes of all its files, for the message
 * @throws KedgeError `model_invalid` naming the file
 */
export async function onnxTensors(
  file: string,
  bytes: number,
): Promise<{inputs: FoundTensor[]; outputs: FoundTensor[]}> {
  const session = await loadOnnx(file, bytes);
  try {
    return {inputs: session.inputMetadata.map(describe), outputs: session.outputMetadata.map(describe)};
  } finally {
    await session.release();
  }
}

function describe(value: ort.InferenceSession.ValueMetadata): FoundTensor {
  return value.isTensor
    ? {name: value.name, dtype: value.type, shape: value.shape}
    : {name: value.name, dtype: 'no tensor', shape: []};
}

async function loadOnnx(file: string, bytes: number): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(file, {executionProviders: ['cpu'], logSeverityLevel: 4});
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.trim().replace(/\.$/, '') : String(cause);
    throw new KedgeError(
      'model_invalid',
      `${file} (${bytes} bytes): expected an ONNX model, but onnxruntime refused it: ${detail}; export it again, or fetch the whole file`,
      {cause},
    );
  }
}

/** The client's adapter hands over bytes; here onnxruntime reads the file by itself, and external data beside it. */
function fromFile(file: string): OrtModule {
  const create: OrtModule['InferenceSession']['create'] = (_, options) => ort.InferenceSession.create(file, options);
  return {InferenceSession: {create}, Tensor: ort.Tensor, env: ort.env};
}

/**
 * The client's own adapter over Node's onnxruntime: what is measured here is what devices run.
 *
 * @throws KedgeError `model_invalid`
 */
export function openOnnx(loadable: Loadable, files: Files): Promise<Session> {
  const {entry} = loadable;
  const runtime = onnxRuntime({
    module: async () => fromFile(files.get(entry)!),
  });
  // Of a manifest the adapter reads the names and the entry only.
  return runtime.load(loadable as Manifest, new Map([[entry, new Uint8Array()]]), 'cpu');
}
