/**
 * The client outside of browsers, where there are `node:worker_threads` and `node:fs`: Node, Bun and Deno.
 *
 * @module
 */
export {createKedge, type NodeOptions} from './client.js';
export {onnx, onnxWeb, type ThreadRuntime} from './runtimes.js';
export {nativeTurn} from './native.js';
export {serveThread, type ThreadData} from './serve.js';
export {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
export type {
  CollectorOptions,
  Consent,
  DownloadTuning,
  Embedded,
  Input,
  Kedge,
  KedgeEvents,
  Label,
  Model,
  ModelOptions,
  Prediction,
  PredictOptions,
  Progress,
  Served,
} from '../api.js';
export type {LostStorage, StorageChange, StorageReport, StoredVersion} from '../store/api.js';
export type {TelemetryState} from '../telemetry/state.js';
export type {ExecutionProvider, Tensor, TensorData, Tensors} from '../runtime/runtime.js';
