import {designEffect, effectiveProportion, newcombeInterval, type Proportion} from '@kedge/stats';
import type {ArmSums} from '../store/arm-sums.js';
import {points} from './format-numbers.js';
import type {Bounds, Checks, Comparison, Verdict} from './report.js';

/** Below so many independent labels in an arm, nothing is said about it. */
export const minLabels = 30;

export interface ComparedArm {
  arm: string;
  sums: ArmSums;
}

export interface CompareOptions {
  confidence: number;
  checks: Checks;
  /** Absolute loss of accuracy that is still acceptable, from the plan. */
  margin: number | undefined;
}

const proportionOf = ({judged, correct}: ArmSums): Proportion => ({successes: correct, trials: judged});
const effectiveOf = (sums: ArmSums) => effectiveProportion(proportionOf(sums), designEffect(sums.clusters));

/** One arm's accuracy against the champion's. */
export function compareArms(champion: ComparedArm, challenger: ComparedArm, options: CompareOptions): Comparison {
  const [from, to] = [effectiveOf(champion.sums), effectiveOf(challenger.sums)];
  const {difference, low, high} = newcombeInterval(from, to, options.confidence);
  const plain = newcombeInterval(proportionOf(champion.sums), proportionOf(challenger.sums), options.confidence);
  const few = [
    {arm: champion.arm, trials: from.trials},
    {arm: challenger.arm, trials: to.trials},
  ].filter(({trials}) => trials < minLabels);
  return {
    arm: challenger.arm,
    against: champion.arm,
    difference: Number.isNaN(difference) ? null : difference,
    low,
    high,
    plain: {low: plain.low, high: plain.high},
    verdict: verdict(challenger.arm, few, {difference, low, high}, options),
  };
}

function verdict(
  arm: string,
  few: readonly {arm: string; trials: number}[],
  {difference, low, high}: Bounds & {difference: number},
  {checks, confidence, margin}: CompareOptions,
): Verdict {
  if (checks.assigned.state === 'alarm' || checks.assignedSequential.state === 'alarm')
    return {code: 'ratio_off', text: 'The sample ratio is off: do not trust any difference until it is known why.'};
  if (few.length > 0) {
    const have = few.map(({arm: name, trials}) => `${name} has ${Math.floor(trials)}`).join(', ');
    return {code: 'too_few_labels', text: `Not enough labels yet: ${have} of at least ${minLabels} independent ones.`};
  }
  if (checks.labelled.state === 'alarm')
    return {
      code: 'labels_uneven',
      text: 'Arms are labelled at different rates: accuracies are of unlike units and cannot be compared.',
    };
  const interval = `the whole ${Number((confidence * 100).toFixed(2))} % interval (${points(low)} to ${points(high)} points)`;
  if (low > 0)
    return {code: 'better', text: `${arm} is better by ${points(difference).slice(1)} points: ${interval} is above 0.`};
  if (high < 0)
    return {code: 'worse', text: `${arm} is worse by ${points(difference).slice(1)} points: ${interval} is below 0.`};
  const around = `no difference shown: the interval (${points(low)} to ${points(high)} points) holds 0`;
  if (margin !== undefined && low > -margin)
    return {
      code: 'not_worse',
      text: `${arm}: ${around}, and a loss beyond the plan’s ${(margin * 100).toFixed(1)} points is ruled out.`,
    };
  return {code: 'no_difference', text: `${arm}: ${around}.`};
}
