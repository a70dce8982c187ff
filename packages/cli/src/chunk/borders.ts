import {chunkSizes} from './fastcdc.js';

/** Shorter stretches between two tensors (their names, a small bias) go with the tensor behind them. */
const minBetweenBytes = 1024;

/**
 * Where chunks must end so that a large tensor shares none with its neighbours: a version in which one layer changed then
 * differs from the one before in the chunks of that layer only, and a device fetches hardly more than what changed.
 *
 * @returns offsets above 0, ascending
 */
export function tensorBorders(tensors: readonly {offset: number; bytes: number}[], fileBytes: number): number[] {
  const large = tensors.filter(({bytes}) => bytes >= chunkSizes.min).sort((a, b) => a.offset - b.offset);
  const borders: number[] = [];
  let last = 0;
  for (const {offset, bytes} of large) {
    // Two names for the same bytes.
    if (offset < last) continue;
    const end = offset + bytes;
    borders.push(...[offset - last >= minBetweenBytes ? offset : 0, end].filter(at => at > last && at < fileBytes));
    last = end;
  }
  return borders;
}
