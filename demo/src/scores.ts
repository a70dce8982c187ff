import type {Prediction} from '@kedge/client';

/** The scores of a classification: its first output, one number for each class. */
export function scoresOf(outputs: Prediction['outputs']): number[] {
  const data = outputs['scores']?.data ?? Object.values(outputs)[0]?.data ?? [];
  return Array.from(data, Number);
}

/** Index of the largest score; -1 when there is none. */
export function topClass(outputs: Prediction['outputs']): number {
  const scores = scoresOf(outputs);
  return scores.indexOf(Math.max(...scores));
}
