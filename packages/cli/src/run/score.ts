import {KedgeError, type Manifest} from '@kedge/core';
import type {Dataset} from '../data/dataset.js';
import type {Answers, Column} from './evaluate.js';

export interface Score {
  examples: number;
  /** Share of examples whose largest score is the label's; classification only. */
  accuracy?: number;
  metrics: Record<string, number>;
  /** For each example 1 when it was right; classification only. */
  right?: Uint8Array;
  /** How often each class was answered; classification only. */
  predicted?: number[];
}

type Scored = Pick<Manifest, 'task' | 'classes' | 'outputs'>;

/**
 * How well answers fit the labels. The first output that has a value for each class (or the first output) is judged.
 *
 * @throws CliError or KedgeError when a label is not a class, or not a number
 */
export function score(version: Scored, answers: Answers, dataset: Dataset): Score {
  if (version.task === 'classification') return scoreClasses(version, answers, dataset);
  if (version.task === 'regression') return scoreValues(version, answers, dataset);
  return {examples: dataset.examples, metrics: {}};
}

function scoreClasses({classes, outputs}: Scored, answers: Answers, dataset: Dataset): Score {
  const {values, width} = judged(outputs, answers, classes?.length);
  const labels = classLabels(dataset, classes, width);
  const probable = isProbability({values, width});
  const right = new Uint8Array(dataset.examples);
  const predicted = new Array<number>(width).fill(0);
  let [logLoss, brier] = [0, 0];
  for (let i = 0; i < dataset.examples; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    const probabilities = probable ? row : softmax(row);
    const best = argmax(row);
    predicted[best]! += 1;
    right[i] = Number(best === labels[i]);
    logLoss -= Math.log(Math.max(1e-15, probabilities[labels[i]!]!));
    probabilities.forEach((p, k) => (brier += (p - Number(k === labels[i])) ** 2));
  }
  const n = dataset.examples;
  const accuracy = right.reduce((sum, one) => sum + one, 0) / n;
  return {examples: n, accuracy, metrics: {logLoss: logLoss / n, brier: brier / n}, right, predicted};
}

function scoreValues({outputs}: Scored, answers: Answers, dataset: Dataset): Score {
  const {values, width} = judged(outputs, answers, 1);
  let [absolute, squared] = [0, 0];
  for (let i = 0; i < dataset.examples; i++) {
    const label = dataset.labels[i];
    if (typeof label !== 'number')
      throw new KedgeError('input_invalid', `${dataset.name}: label ${i}: expected a number, got ${label}`);
    const error = values[i * width]! - label;
    absolute += Math.abs(error);
    squared += error ** 2;
  }
  const n = dataset.examples;
  return {examples: n, metrics: {mae: absolute / n, rmse: Math.sqrt(squared / n)}};
}

function judged(outputs: Scored['outputs'], answers: Answers, width: number | undefined): Column {
  const columns = outputs.map(({name}) => answers.get(name)!);
  return columns.find(column => column.width === width) ?? columns[0]!;
}

function classLabels(dataset: Dataset, classes: readonly string[] | undefined, width: number): Uint32Array {
  return Uint32Array.from({length: dataset.examples}, (_, i) => {
    const label = dataset.labels[i]!;
    const index = typeof label === 'number' ? label : (classes?.indexOf(label) ?? -1);
    if (Number.isInteger(index) && index >= 0 && index < width) return index;
    throw new KedgeError(
      'input_invalid',
      `${dataset.name}: label ${i}: expected a class index below ${width}${classes ? ` or one of ${classes.join(', ')}` : ''}, got ${JSON.stringify(label)}`,
    );
  });
}

/** Rows within 0..1 that sum to 1 are probabilities; everything else is taken for logits. */
function isProbability({values, width}: Column): boolean {
  for (let i = 0; i < values.length; i += width) {
    let sum = 0;
    for (let k = 0; k < width; k++) {
      const value = values[i + k]!;
      if (value < -1e-6 || value > 1 + 1e-6) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > 1e-3) return false;
  }
  return true;
}

function softmax(row: Float64Array): Float64Array {
  const largest = Math.max(...row);
  const powers = Float64Array.from(row, value => Math.exp(value - largest));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map(power => power / sum);
}

function argmax(row: Float64Array): number {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (row[k]! > row[best]!) best = k;
  return best;
}
