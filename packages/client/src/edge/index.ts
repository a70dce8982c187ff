/**
 * The client where there are neither workers nor threads: the engine in the caller's own thread, versions in memory.
 *
 * @module
 */
export {createKedge} from '../client.js';
export {type EdgeOnnxOptions, onnx} from './onnx.js';
export {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
export type {
  CollectorOptions,
  Consent,
  Embedded,
  Input,
  Kedge,
  KedgeEvents,
  KedgeOptions,
  Label,
  Model,
  ModelOptions,
  Prediction,
  PredictOptions,
  Progress,
  RuntimeDescriptor,
  Served,
} from '../api.js';
export type {StorageReport} from '../store/api.js';
export type {TelemetryState} from '../telemetry/state.js';
export type {ExecutionProvider, Tensor, TensorData, Tensors} from '../runtime/runtime.js';
