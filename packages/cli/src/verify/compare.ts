/** Two versions on the same examples. */
export interface Paired {
  examples: number;
  accuracy: number;
  championAccuracy: number;
  bothRight: number;
  onlyThisRight: number;
  onlyChampionRight: number;
  neitherRight: number;
  /** Two-sided probability of a split at least this uneven when both are equally good: McNemar's exact test. */
  pValue: number;
}

/** @param right for each example 1 when this version was right, @param champion the same of the other */
export function comparePaired(right: Uint8Array, champion: Uint8Array): Paired {
  let [bothRight, onlyThisRight, onlyChampionRight] = [0, 0, 0];
  for (let i = 0; i < right.length; i++) {
    if (right[i] && champion[i]) bothRight += 1;
    else if (right[i]) onlyThisRight += 1;
    else if (champion[i]) onlyChampionRight += 1;
  }
  const examples = right.length;
  return {
    examples,
    accuracy: (bothRight + onlyThisRight) / examples,
    championAccuracy: (bothRight + onlyChampionRight) / examples,
    ...{bothRight, onlyThisRight, onlyChampionRight},
    neitherRight: examples - bothRight - onlyThisRight - onlyChampionRight,
    pValue: mcnemar(onlyThisRight, onlyChampionRight),
  };
}

/** McNemar (Psychometrika 1947), exact: a two-sided binomial test with p = 1/2 over the examples where they differ. */
export function mcnemar(one: number, other: number): number {
  const n = one + other;
  const few = Math.min(one, other);
  // Terms C(n, k) / 2^n by logarithms: 2^-n alone underflows for many examples.
  let term = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= few; k++) {
    tail += Math.exp(term);
    term += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
