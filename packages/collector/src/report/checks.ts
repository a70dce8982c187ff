import {
  type ArmCount,
  homogeneity,
  type RatioCheck,
  sampleRatioOverPeriods,
  sequentialRatioOverPeriods,
} from '@kedge/stats';
import type {ArmSums} from '../store/arm-sums.js';
import {states} from '../store/unit-sums.js';
import {unitsWith} from './arm-statistics.js';
import type {Check, Checks} from './report.js';

const unknown = (text: string): Check => ({state: 'unknown', pValue: null, text});
const digits = (pValue: number) => (pValue < 0.0001 ? pValue.toExponential(1) : pValue.toFixed(4));

function told(check: RatioCheck, good: string, bad: string, early: string): Check {
  if (!check.testable) return unknown(early);
  const text = `${check.alarm ? bad : good} (p = ${digits(check.pValue)})`;
  return {state: check.alarm ? 'alarm' : 'ok', pValue: check.pValue, text};
}

/**
 * Whether units got into the arms, and stayed in them, as they should.
 *
 * @param periods units assigned, by arm, for each set of weights that was in force; none when weights are not known
 */
export function checkArms(arms: readonly ArmSums[], periods: readonly ArmCount[][]): Checks {
  return {
    ...checkAssigned(periods),
    ready: checkStep(arms, states.assigned, states.ready, 'become ready', 'one arm loads worse than another'),
    served: checkStep(arms, states.ready, states.served, 'are served', 'one arm answers less often than another'),
    labelled: checkStep(arms, states.served, states.labelled, 'are labelled', 'accuracy may be of unlike units'),
  };
}

function checkAssigned(periods: readonly ArmCount[][]): Pick<Checks, 'assigned' | 'assignedSequential'> {
  if (periods.length === 0) {
    const check = unknown('The weights of this phase are not known here, so the sample ratio was not checked.');
    return {assigned: check, assignedSequential: check};
  }
  const good = 'Units fell into arms as the weights say';
  const bad = 'Units did not fall into arms as the weights say';
  const {pValue, alarm} = sequentialRatioOverPeriods(periods);
  return {
    assigned: told(sampleRatioOverPeriods(periods), good, bad, 'Too few units to check the sample ratio.'),
    assignedSequential: {
      state: alarm ? 'alarm' : 'ok',
      pValue,
      text: `${alarm ? bad : good}, at every look so far (p = ${digits(pValue)})`,
    },
  };
}

function checkStep(arms: readonly ArmSums[], from: number, to: number, verb: string, risk: string): Check {
  const steps = arms.map(sums => ({successes: unitsWith(sums, from | to), trials: unitsWith(sums, from)}));
  if (steps.every(({successes, trials}) => trials > 0 && successes === trials))
    return {state: 'ok', pValue: 1, text: `All units ${verb}`};
  const bad = `Units ${verb} at different rates: ${risk}`;
  return told(homogeneity(steps), `Units ${verb} at like rates`, bad, `Nothing to compare yet in how units ${verb}.`);
}
