import type {MemoryImage} from '../runtime/runtime.js';

const pageBytes = 65_536;

/** A memory without its zeros, which are half of it. */
export function copyOf(heap: Uint8Array): Pick<MemoryImage, 'bytes' | 'runs' | 'data'> {
  const runs = filledRuns(heap);
  const data = new Uint8Array(runs.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  for (const [begin, length] of runs) {
    data.set(heap.subarray(begin, begin + length), at);
    at += length;
  }
  return {bytes: heap.length, runs, data};
}

function filledRuns({buffer}: Uint8Array): [begin: number, length: number][] {
  const runs: [number, number][] = [];
  for (let begin = 0; begin < buffer.byteLength; begin += pageBytes) {
    if (!new Int32Array(buffer, begin, pageBytes / 4).some(word => word !== 0)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === begin) last[1] += pageBytes;
    else runs.push([begin, pageBytes]);
  }
  return runs;
}
