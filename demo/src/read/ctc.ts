export interface Decoded {
  text: string;
  /** Mean probability of its characters, 0..1; 0 for no text. */
  score: number;
}

/**
 * The most probable class of each step; repeats are one, and blanks (class 0) part repeats (CTC's best path).
 *
 * @param probabilities steps × classes, row by row
 * @param characters what the classes stand for, the blank first
 */
export function decode(probabilities: ArrayLike<number>, characters: readonly string[]): Decoded {
  const classes = characters.length;
  let [text, sum, count, before] = ['', 0, 0, 0];
  for (let start = 0; start < probabilities.length; start += classes) {
    const best = argmax(probabilities, start, classes);
    if (best !== 0 && best !== before) {
      text += characters[best]!;
      sum += probabilities[start + best]!;
      count++;
    }
    before = best;
  }
  return {text, score: count > 0 ? sum / count : 0};
}

function argmax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i]! > values[start + best]!) best = i;
  return best;
}
