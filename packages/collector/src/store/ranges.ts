/** Sorted, disjoint, not touching; each `[start, end)`. */
export type Ranges = readonly (readonly [start: number, end: number])[];

/** More gaps than this are closed from the oldest on, so that a producer cannot make its ledger grow forever. */
const mostRanges = 1024;

/** The parts of `[start, end)` that no range covers. */
export function gaps(ranges: Ranges, start: number, end: number): [number, number][] {
  const found: [number, number][] = [];
  let from = start;
  for (const [low, high] of ranges) {
    if (low >= end) break;
    if (low > from) found.push([from, low]);
    from = Math.max(from, high);
  }
  if (from < end) found.push([from, end]);
  return found;
}

/** The ranges together with `[start, end)`. */
export function cover(ranges: Ranges, start: number, end: number): Ranges {
  const before = ranges.filter(([, high]) => high < start);
  const after = ranges.filter(([low]) => low > end);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const low = Math.min(start, ...touched.map(range => range[0]));
  const high = Math.max(end, ...touched.map(range => range[1]));
  const joined: Ranges = [...before, [low, high], ...after];
  if (joined.length <= mostRanges) return joined;
  return [[joined[0]![0], joined[1]![1]], ...joined.slice(2)];
}
