import {designEffect, effectiveProportion, LatencyHistogram, wilsonInterval} from '@kedge/stats';
import type {ArmSums, Counts, Moments} from '../store/arm-sums.js';
import {states} from '../store/unit-sums.js';
import type {Accuracy, ArmStatistics, LatencyReport} from './report.js';

/** Units that have reached all of the given states. */
export function unitsWith({unitsByState}: ArmSums, bits: number): number {
  return unitsByState.reduce((sum, count, state) => ((state & bits) === bits ? sum + count : sum), 0);
}

const byCount = (counts: Counts) => Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));

const instant = (at: number | null) => {
  const date = at === null ? undefined : new Date(at);
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : null;
};

/** @param confidence of the intervals, between 0 and 1 */
export function armStatistics(sums: ArmSums, confidence: number): ArmStatistics {
  return {
    units: {
      assigned: unitsWith(sums, states.assigned),
      ready: unitsWith(sums, states.ready),
      served: unitsWith(sums, states.served),
      labelled: unitsWith(sums, states.labelled),
    },
    predictions: sums.predictions,
    labels: sums.labels,
    judged: sums.judged,
    correct: sums.correct,
    accuracy: accuracy(sums, confidence),
    error: errorOf(sums.errors),
    ...latencies(sums),
    sources: sums.sources,
    versions: byCount(sums.versions).map(([version, predictions]) => ({version, predictions})),
    failures: byCount(sums.failures).map(([name, count]) => {
      const [code = '', stage = ''] = name.split('@');
      return {code, stage, count};
    }),
    ...confusionOf(sums.confusion),
    metrics: Object.entries(sums.metrics).map(([name, moments]) => ({name, ...summary(moments)})),
    installs: installsOf(sums),
    dropped: byCount(sums.dropped).map(([reason, count]) => ({reason, count})),
    firstAt: instant(sums.firstAt),
    lastAt: instant(sums.lastAt),
  };
}

function accuracy({judged, correct, clusters}: ArmSums, confidence: number): Accuracy | null {
  if (judged === 0) return null;
  const plain = {successes: correct, trials: judged};
  const effect = designEffect(clusters);
  return {
    rate: correct / judged,
    ...wilsonInterval(effectiveProportion(plain, effect), confidence),
    plain: wilsonInterval(plain, confidence),
    designEffect: effect,
  };
}

function errorOf({n, sum, squares}: Moments): ArmStatistics['error'] {
  return n === 0 ? null : {n, mean: sum / n, rootMeanSquare: Math.sqrt(squares / n)};
}

function summary({n, sum, squares}: Moments) {
  const variance = n < 2 ? null : Math.max(0, squares - (sum * sum) / n) / (n - 1);
  return {n, mean: sum / n, deviation: variance === null ? null : Math.sqrt(variance)};
}

function latencies({latency}: ArmSums): Pick<ArmStatistics, 'latency' | 'providers'> {
  const all = new LatencyHistogram();
  for (const histogram of Object.values(latency)) all.merge(histogram);
  const providers = Object.entries(latency)
    .map(([provider, histogram]) => ({provider, ...quantiles(histogram)}))
    .sort((a, b) => b.predictions - a.predictions);
  return {latency: all.count === 0 ? null : quantiles(all), providers};
}

function quantiles(histogram: LatencyHistogram): LatencyReport {
  return {
    predictions: histogram.count,
    p50Ms: histogram.quantile(0.5),
    p95Ms: histogram.quantile(0.95),
    p99Ms: histogram.quantile(0.99),
  };
}

function confusionOf(counts: Counts): Pick<ArmStatistics, 'confusion' | 'confusionOther'> {
  const confusion = byCount(counts)
    .filter(([pair]) => pair !== 'other')
    .map(([pair, count]) => {
      const [predicted = NaN, truth = NaN] = pair.split(',').map(Number);
      return {predicted, truth, count};
    });
  return {confusion, confusionOther: counts['other'] ?? 0};
}

function installsOf({installs}: ArmSums): ArmStatistics['installs'] {
  const {n, sum} = installs.ms;
  return n === 0 ? null : {n, meanMs: sum / n, downloadedBytes: installs.bytes};
}
