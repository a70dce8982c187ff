import {chunkSizes} from './fastcdc.js';

/** Shorter stretches between two tensors (their names, a small bias) go with the tensor behind them. */
const minBetweenBytes = 1024;

/** A chunk of less than 64 KiB lies in a browser's database itself; a larger one is a file there, which takes longer to store. */
const last = {chunks: 2, bytes: 60 * 1024};

/** Of a smaller file there is little else; a larger one takes a second and more to come, and its end does not show. */
const endsSmall = {fromBytes: 256 * 1024, toBytes: 16 * 2 ** 20};

/** Where chunks of a file must end. @returns offsets above 0, ascending */
export function bordersOf(tensors: readonly {offset: number; bytes: number}[], fileBytes: number): number[] {
  return [...new Set([...tensorBorders(tensors, fileBytes), ...endBorders(fileBytes)])].sort((a, b) => a - b);
}

/** A device hashes and stores what is before the end while the end is on its way; for the last chunks everyone waits, so they are small. */
function endBorders(fileBytes: number): number[] {
  if (fileBytes < endsSmall.fromBytes || fileBytes > endsSmall.toBytes) return [];
  return Array.from({length: last.chunks}, (_, i) => fileBytes - (last.chunks - i) * last.bytes);
}

/**
 * Where chunks must end so that a large tensor shares none with its neighbours: a version in which one layer changed then
 * differs from the one before in the chunks of that layer only, and a device fetches hardly more than what changed.
 *
 * @returns offsets above 0, ascending
 */
function tensorBorders(tensors: readonly {offset: number; bytes: number}[], fileBytes: number): number[] {
  const large = tensors.filter(({bytes}) => bytes >= chunkSizes.min).sort((a, b) => a.offset - b.offset);
  const borders: number[] = [];
  let done = 0;
  for (const {offset, bytes} of large) {
    // Two names for the same bytes.
    if (offset < done) continue;
    const end = offset + bytes;
    borders.push(...[offset - done >= minBetweenBytes ? offset : 0, end].filter(at => at > done && at < fileBytes));
    done = end;
  }
  return borders;
}
