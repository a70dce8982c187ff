export {type Collector, type CollectorOptions, createCollector} from './collector.js';
export type {WriteKey} from './http/write-keys.js';
export type {IngestLimits} from './ingest/limits.js';
export {buildReport, type ReportInput} from './report/build-report.js';
export {renderHtml} from './report/render-html.js';
export {renderText} from './report/render-text.js';
export type {
  Accuracy,
  ArmReport,
  ArmStatistics,
  Bounds,
  Check,
  Checks,
  Comparison,
  ExperimentReport,
  LatencyReport,
  ModelReport,
  Report,
  Verdict,
  VerdictCode,
} from './report/report.js';
export {openSqliteStore, type SqliteStoreOptions} from './sqlite/sqlite-store.js';
export type {ArmSums} from './store/arm-sums.js';
export type {
  ArmFilter,
  ArmKey,
  ArmRecord,
  EventStore,
  ReceivedBatch,
  Rejected,
  ReleasedWeights,
  Written,
} from './store/event-store.js';
