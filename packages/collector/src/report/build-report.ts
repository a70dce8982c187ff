import type {Experiment, Release} from '@kedge/core';
import {emptyArm} from '../store/arm-sums.js';
import type {ArmRecord, ReleasedWeights} from '../store/event-store.js';
import {armStatistics} from './arm-statistics.js';
import {checkArms} from './checks.js';
import {compareArms} from './compare-arms.js';
import {notesOn} from './notes.js';
import type {ExperimentReport, Report} from './report.js';
import {weightPeriods} from './weight-periods.js';

export interface ReportInput {
  arms: readonly ArmRecord[];
  /** Tells weights, versions and the plan; without it, the sample ratio cannot be checked. */
  release: Release | undefined;
  /** Of this release and of those before it. */
  weights: readonly ReleasedWeights[];
  /** Milliseconds since 1970. */
  now: number;
}

const defaultConfidence = 0.95;

/** What the sums say, and what must be known before believing it. */
export function buildReport({arms, release, weights, now}: ReportInput): Report {
  const questions = new Map<string, ArmRecord[]>();
  for (const record of arms.filter(({experiment}) => experiment !== '')) {
    const question = JSON.stringify([record.project, record.experiment, record.model, record.phase]);
    const group = questions.get(question) ?? [];
    questions.set(question, [...group, record]);
  }
  return {
    schema: 'kedge.report/1',
    generatedAt: new Date(now).toISOString(),
    experiments: [...questions.values()].map(group => experimentReport(group, release, weights)),
    models: arms
      .filter(({experiment}) => experiment === '')
      .map(({project, model, sums}) => ({project, model, ...armStatistics(sums, defaultConfidence)})),
  };
}

/** An arm's sums with what the release says about it. */
export interface KnownArm {
  arm: string;
  record: ArmRecord;
  version: string | null;
  weight: number | null;
}

function experimentReport(
  records: readonly ArmRecord[],
  release: Release | undefined,
  weights: readonly ReleasedWeights[],
): ExperimentReport {
  const {project, experiment: key, phase, model} = records[0]!;
  const plan = release?.experiments.find(one => one.key === key && one.phase === phase && one.model === model);
  const arms = championFirst(knownArms(records, plan), release?.models[model]?.champion);
  const [champion, ...challengers] = arms.map(({arm, record: {sums}}) => ({arm, sums}));
  const confidence = plan?.plan ? 1 - plan.plan.alpha : defaultConfidence;
  const released = weights.filter(entry => entry.experiment === key && entry.phase === phase);
  const periods = weightPeriods(arms, released);
  const checks = checkArms(
    arms.map(({record}) => record.sums),
    periods.counts,
  );
  const options = {confidence, checks, margin: plan?.plan?.margin};
  return {
    project,
    key,
    phase,
    model,
    status: plan?.status ?? null,
    confidence,
    arms: arms.map(({arm, record, version, weight}, i) => ({
      arm,
      champion: i === 0,
      version,
      weight,
      ...armStatistics(record.sums, confidence),
    })),
    comparisons: challengers.map(challenger => compareArms(champion!, challenger, options)),
    checks,
    multipleArms: records.reduce((sum, {sums}) => sum + sums.crossedUnits, 0),
    notes: [...notesOn(arms, checks, plan), ...periods.notes],
  };
}

/** Arms that sent something, and those that the release knows and that have not. */
function knownArms(records: readonly ArmRecord[], plan: Experiment | undefined): KnownArm[] {
  const planned = plan?.arms ?? [];
  const silent = planned
    .filter(({key}) => !records.some(({arm}) => arm === key))
    .map(({key}) => ({...records[0]!, arm: key, sums: emptyArm()}));
  return [...records, ...silent].map(record => {
    const arm = planned.find(({key}) => key === record.arm);
    return {arm: record.arm, record, version: arm?.version ?? null, weight: arm?.weight ?? null};
  });
}

/** The arm that serves the champion is compared against; failing that, one with the usual name, then the first. */
function championFirst(arms: readonly KnownArm[], champion: string | undefined): KnownArm[] {
  const first =
    arms.find(({version}) => version !== null && version === champion) ??
    arms.find(({arm}) => arm === 'champion' || arm === 'control') ??
    arms[0]!;
  return [first, ...arms.filter(arm => arm !== first)];
}
