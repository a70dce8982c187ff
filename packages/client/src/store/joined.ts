import {isPlace} from './parts.js';

/**
 * Neighbours in a pack as one part. Browsers keep each value in a file of its own, and to open it takes longer than to read half a
 * megabyte of it.
 */
export function joined<T>(values: readonly T[]): T[] {
  const parts: T[] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (isPlace(value) && isPlace(last) && last.in === value.in && last.end === value.at) last.end = value.end;
    else parts.push(isPlace(value) ? {...value} : value);
  }
  return parts;
}
