import type {KedgeEvent} from '@kedge/core';
import {LatencyHistogram} from '@kedge/stats';
import {type ArmSums, type Counts, emptyMoments, type Moments} from './arm-sums.js';
import {stateBits, type UnitSums} from './unit-sums.js';

/** Names come from outside: past these many, the rest counts as `other`. */
const most = {names: 100, releases: 1_000, confusion: 2_500};

function slot<T>(counts: Counts<T>, key: string, start: () => T, limit = most.names): string {
  if (key in counts) return key;
  const name = Object.keys(counts).length < limit ? key : 'other';
  counts[name] ??= start();
  return name;
}

const zero = () => 0;

function increase(counts: Counts, key: string, by = 1, limit = most.names): void {
  counts[slot(counts, key, zero, limit)]! += by;
}

function addTo(moments: Moments, value: number): void {
  moments.n++;
  moments.sum += value;
  moments.squares += value * value;
}

type TimeField = 'assignedAt' | 'readyAt' | 'servedAt' | 'labelledAt';

function reach(unit: UnitSums | undefined, field: TimeField, at: number): void {
  if (unit) unit[field] = Math.min(unit[field] ?? at, at);
}

/** One event into the sums of its assigned arm and, if it names one, its unit. */
export function applyEvent(arm: ArmSums, unit: UnitSums | undefined, event: KedgeEvent): void {
  arm.firstAt = Math.min(arm.firstAt ?? event.at, event.at);
  arm.lastAt = Math.max(arm.lastAt ?? event.at, event.at);
  switch (event.kind) {
    case 'assigned':
      if (unit?.assignedAt === null) increase(arm.assignedByRelease, String(event.context.release), 1, most.releases);
      return reach(unit, 'assignedAt', event.at);
    case 'ready':
      reach(unit, 'readyAt', event.at);
      // A version that was there already was not installed by this.
      if (event.downloadedBytes === 0) return;
      addTo(arm.installs.ms, event.durationMs);
      arm.installs.bytes += event.downloadedBytes;
      return;
    case 'prediction':
      return applyPrediction(arm, unit, event);
    case 'label':
      return applyLabel(arm, unit, event);
    case 'failure':
      return increase(arm.failures, `${event.code}@${event.stage}`);
    case 'metric':
      return addTo(arm.metrics[slot(arm.metrics, event.name, emptyMoments)]!, event.value);
    case 'dropped':
      return increase(arm.dropped, event.reason, event.count);
  }
}

type Prediction = Extract<KedgeEvent, {kind: 'prediction'}>;
type Label = Extract<KedgeEvent, {kind: 'label'}>;

const newHistogram = () => new LatencyHistogram();

function applyPrediction(arm: ArmSums, unit: UnitSums | undefined, {at, context, latencyMs}: Prediction): void {
  reach(unit, 'servedAt', at);
  if (unit) unit.predictions++;
  arm.predictions++;
  arm.sources[context.source]++;
  increase(arm.versions, context.version ?? 'baseline');
  arm.latency[slot(arm.latency, context.provider ?? 'none', newHistogram)]!.add(latencyMs);
}

function applyLabel(arm: ArmSums, unit: UnitSums | undefined, event: Label): void {
  reach(unit, 'labelledAt', event.at);
  if (unit) unit.labels++;
  arm.labels++;
  if (event.error !== null) addTo(arm.errors, event.error);
  if (event.predicted !== null && event.truth !== null)
    increase(arm.confusion, `${event.predicted},${event.truth}`, 1, most.confusion);
  if (event.correct === null) return;
  const correct = Number(event.correct);
  arm.judged++;
  arm.correct += correct;
  if (!unit) return;
  unit.judged++;
  unit.correct += correct;
}

/** Takes a unit's share out of its arm's sums (`sign` -1), or puts it in (1): around every change of the unit. */
export function countUnit(arm: ArmSums, unit: UnitSums, sign: 1 | -1): void {
  const bits = stateBits(unit);
  if (bits > 0) arm.unitsByState[bits]! += sign;
  const {judged, correct} = unit;
  if (judged === 0) return;
  const {clusters} = arm;
  clusters.units += sign;
  clusters.trials += sign * judged;
  clusters.successes += sign * correct;
  clusters.trialsSquared += sign * judged * judged;
  clusters.successesByTrials += sign * correct * judged;
  clusters.successesSquared += sign * correct * correct;
}
