import {expect, it} from 'vitest';
import type {Dataset} from '../data/dataset.js';
import {score} from './score.js';

const labelled = (...labels: (number | string)[]): Dataset => ({
  ...{name: 'd', sha256: '', examples: labels.length, columns: new Map(), labels},
});
const answers = (width: number, ...values: number[]) => new Map([['y', {width, values: Float64Array.from(values)}]]);
const outputs = [{name: 'y', dtype: 'float32' as const, shape: ['batch', 2]}];

it('scores probabilities by hand-computed accuracy, log loss and Brier score', () => {
  const scored = score({task: 'classification', outputs}, answers(2, 0.8, 0.2, 0.4, 0.6, 0.3, 0.7), labelled(0, 1, 0));
  expect([scored.accuracy, [...scored.right!], scored.predicted]).toEqual([2 / 3, [1, 1, 0], [1, 2]]);
  expect(scored.metrics['logLoss']).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6) + Math.log(0.3)) / 3, 12);
  expect(scored.metrics['brier']).toBeCloseTo((2 * 0.04 + 2 * 0.16 + 2 * 0.49) / 3, 12);
});

it('takes rows that do not sum to one for logits', () => {
  const {metrics} = score({task: 'classification', outputs}, answers(2, 1000, 998), labelled(0));
  expect(metrics['logLoss']).toBeCloseTo(Math.log(1 + Math.exp(-2)), 12);
});

it('finds classes by name', () => {
  const version = {task: 'classification' as const, classes: ['cat', 'dog'], outputs};
  expect(score(version, answers(2, 0.1, 0.9), labelled('dog')).accuracy).toBe(1);
  expect(() => score(version, answers(2, 0.1, 0.9), labelled('cow'))).toThrow(
    /expected a class index below 2 or one of cat, dog, got "cow"/,
  );
});

it('scores values by mean absolute and root mean square error', () => {
  const {metrics, accuracy} = score({task: 'regression', outputs}, answers(1, 1, 2, 5), labelled(1, 4, 5));
  expect([metrics['mae'], metrics['rmse'], accuracy]).toEqual([2 / 3, Math.sqrt(4 / 3), undefined]);
});
