/**
 * Deliver, run and compare model versions in the browser.
 *
 * @module
 */
export {createKedge} from './client.js';
export {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
export type {
  CollectorOptions,
  Consent,
  DownloadTuning,
  Embedded,
  Input,
  Kedge,
  KedgeEvents,
  KedgeOptions,
  Label,
  Model,
  ModelOptions,
  Prediction,
  PredictManyOptions,
  PredictOptions,
  Progress,
  RuntimeDescriptor,
  Served,
} from './api.js';
export type {ChoiceOptions, ExplainOptions} from './choice/options.js';
export type {LostStorage, StorageChange, StorageReport, StoredVersion} from './store/api.js';
export type {TelemetryState} from './telemetry/state.js';
export type {Explanation} from './choice/explain.js';
export type {DeviceFacts, GpuFacts} from './choice/probe.js';
export type {Candidate} from './choice/rank.js';
export type {Eviction, EvictionReason} from './store/evictions.js';
export type {Pin} from './store/policy.js';
export type {ExecutionProvider, Tensor, TensorData, Tensors} from './runtime/runtime.js';
export type {Stream, StreamOptions, StreamPrediction, StreamPredictOptions} from './stream/api.js';
