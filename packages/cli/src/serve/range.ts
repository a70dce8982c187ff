/** Half-open: `[start, end)`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * One byte range (RFC 9110 §14.1.2).
 *
 * @returns undefined when the whole file is the answer: no range, several, another unit, or not a range at all (RFC 9110
 *   §14.2 lets a server ignore them); `unsatisfiable` when the range begins beyond the end, which is 416
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first === '') {
    const length = Math.min(size, Number(last));
    return length === 0 ? 'unsatisfiable' : {start: size - length, end: size};
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : {start, end};
}
