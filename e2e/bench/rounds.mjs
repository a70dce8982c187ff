/**
 * Median milliseconds for one call of each candidate. Rounds are interleaved, so that what slows the machine slows all.
 *
 * @template {string} Name
 * @param {Record<Name, (count: number) => unknown>} candidates each does its work `count` times
 * @param {{rounds: number, count: number}} plan
 * @returns {Record<Name, number>}
 */
export function interleave(candidates, {rounds, count}) {
  const names = /** @type {Name[]} */ (Object.keys(candidates));
  const times = new Map(names.map(name => [name, /** @type {number[]} */ ([])]));
  for (let round = -2; round < rounds; round++) {
    // Each round starts with another one; the first two only warm up the compiler.
    for (const name of rotate(names, Math.abs(round))) {
      const start = performance.now();
      candidates[name](count);
      if (round >= 0) times.get(name)?.push((performance.now() - start) / count);
    }
  }
  const medians = names.map(name => [name, median(times.get(name) ?? [])]);
  return Object.fromEntries(medians);
}

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? /** @type {number} */ (sorted[middle])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2;
}

/** @template T @param {readonly T[]} items @param {number} by */
const rotate = (items, by) => items.map((_, i) => /** @type {T} */ (items[(i + by) % items.length]));
