import type {Experiment} from '@kedge/core';
import {designEffect} from '@kedge/stats';
import {states} from '../store/unit-sums.js';
import {unitsWith} from './arm-statistics.js';
import type {KnownArm} from './build-report.js';
import type {Checks} from './report.js';

/** From here on, labels of one unit are told to resemble each other. */
const notableEffect = 1.2;

/** What a reader must know before believing the numbers. */
export function notesOn(arms: readonly KnownArm[], checks: Checks, plan: Experiment | undefined): string[] {
  return [
    'An interval is good for one look at a time chosen before. Who looks often, and stops when it pleases, will find differences that are not there.',
    ...clustering(arms),
    ...planned(arms, plan),
    ...leaks(arms),
    ...(checks.ready.state === 'alarm'
      ? [`${checks.ready.text}. Units that got another answer count in their assigned arm all the same.`]
      : []),
    ...(checks.served.state === 'alarm' ? [`${checks.served.text}.`] : []),
    ...strangers(arms, plan),
  ];
}

function clustering(arms: readonly KnownArm[]): string[] {
  const worst = Math.max(...arms.map(({record}) => designEffect(record.sums.clusters)));
  const anonymous = arms.some(({record: {sums}}) => sums.judged > sums.clusters.trials);
  const notes = [];
  if (worst >= notableEffect)
    notes.push(
      `Labels of one unit resemble each other: up to ${worst.toFixed(1)} of them tell as much as one. The intervals allow for it.`,
    );
  if (anonymous)
    notes.push(
      'Some labels came without a unit (consent for counts only); they count in accuracy and in no unit state.',
    );
  return notes;
}

function planned(arms: readonly KnownArm[], plan: Experiment | undefined): string[] {
  if (!plan?.plan) return [];
  const assigned = arms.reduce((sum, {record}) => sum + unitsWith(record.sums, states.assigned), 0);
  const {units} = plan.plan;
  return assigned < units
    ? [`${assigned} of the planned ${units} units so far: what is said here is provisional.`]
    : [];
}

function leaks(arms: readonly KnownArm[]): string[] {
  const crossed = arms.reduce((sum, {record}) => sum + record.sums.crossedUnits, 0);
  return crossed > 0 ? [`${crossed} units were seen in more than one arm and count in each: assignment leaks.`] : [];
}

function strangers(arms: readonly KnownArm[], plan: Experiment | undefined): string[] {
  const unknown = arms.filter(({weight}) => plan !== undefined && weight === null).map(({arm}) => arm);
  return unknown.length > 0 ? [`The release knows no arm ${unknown.join(', ')}, yet events came from it.`] : [];
}
