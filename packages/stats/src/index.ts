export {chiSquareSf} from './chi-square.js';
export {type ClusterSums, clusterSums, clusteredVariance, designEffect, effectiveProportion} from './clustered-rate.js';
export {homogeneity} from './homogeneity.js';
export {gammaP, gammaQ} from './incomplete-gamma.js';
export {type LatencyBins, LatencyHistogram} from './latency-histogram.js';
export {logGamma} from './log-gamma.js';
export {normalQuantile, normalSf} from './normal.js';
export {type Difference, type Interval, newcombeInterval, type Proportion, wilsonInterval} from './proportion.js';
export {
  type ArmCount,
  type RatioCheck,
  sampleRatio,
  sampleRatioAlpha,
  sampleRatioOverPeriods,
  type SequentialRatio,
  sequentialRatio,
  sequentialRatioOverPeriods,
} from './sample-ratio.js';
