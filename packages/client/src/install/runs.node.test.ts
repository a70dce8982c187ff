import fc from 'fast-check';
import {expect, test} from 'vitest';
import {maxRunBytes, type RegistryBlob, runsOf} from './runs.js';

const MiB = 2 ** 20;

/** Chunks named by number, so that content comes again; a name always has the same length. */
const blobs = fc.array(fc.array(fc.nat(40), {maxLength: 80}), {maxLength: 4}).map(lists =>
  lists.map((names, i): RegistryBlob => {
    const chunks = names.map(name => ({sha256: `c${name}`, bytes: 1 + ((name * 7919) % (3 * MiB))}));
    return {sha256: `b${i}`, bytes: chunks.reduce((sum, {bytes}) => sum + bytes, 0), chunks};
  }),
);
const hasSome = fc.uniqueArray(fc.nat(40)).map(names => new Set(names.map(name => `c${name}`)));

/** What lies in `[start, end)` of a blob. */
function chunksWithin({chunks}: RegistryBlob, start: number, end: number): string[] {
  let at = 0;
  return chunks.flatMap(({sha256, bytes}) => {
    const isIn = at >= start && at + bytes <= end;
    at += bytes;
    return isIn ? [sha256] : [];
  });
}

test('runs bring every missing chunk exactly once, nothing else, and none is too long', () => {
  fc.assert(
    fc.property(blobs, hasSome, fc.integer({min: 1, max: 6}), (blobs, has, lanes) => {
      const runs = runsOf(blobs, has, lanes);
      const missing = new Set(blobs.flatMap(({chunks}) => chunks.map(({sha256}) => sha256)));
      for (const name of has) missing.delete(name);
      const brought = runs.flatMap(({blob, start, end}) => chunksWithin(blob, start, end));
      expect(brought.toSorted()).toEqual([...missing].toSorted());
      for (const {blob, start, end, chunks} of runs) {
        expect(chunks.map(({sha256}) => sha256)).toEqual(chunksWithin(blob, start, end));
        expect(end - start).toBe(chunks.reduce((sum, {bytes}) => sum + bytes, 0));
        expect(end - start).toBeLessThanOrEqual(maxRunBytes);
      }
    }),
    {numRuns: 500},
  );
});

const blobOf = (totalBytes: number, chunkBytes = MiB / 2): RegistryBlob => {
  const count = Math.ceil(totalBytes / chunkBytes);
  const chunks = Array.from({length: count}, (_, i) => ({
    sha256: `c${i}`,
    bytes: Math.min(chunkBytes, totalBytes - i * chunkBytes),
  }));
  return {sha256: 'b', bytes: totalBytes, chunks};
};
const lengths = (totalBytes: number, lanes = 3) =>
  runsOf([blobOf(totalBytes)], new Set(), lanes).map(({start, end}) => end - start);

test('a small model costs one request', () => {
  expect(lengths(1e6)).toEqual([1e6]);
  expect(lengths(25e6)).toEqual([25e6]);
});

test('one of 55 MB keeps three lanes busy, with equal shares', () => {
  const shares = lengths(55e6);
  expect(shares).toHaveLength(3);
  expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(MiB);
});

test('a large one is asked for in a multiple of the lanes, 16 to 32 MiB each', () => {
  for (const totalBytes of [100e6, 200e6, 2e9]) {
    const shares = lengths(totalBytes);
    expect(shares.length % 3).toBe(0);
    expect(Math.min(...shares)).toBeGreaterThan(15 * MiB);
    expect(Math.max(...shares)).toBeLessThanOrEqual(maxRunBytes);
  }
});

test('of an update only what changed is asked for', () => {
  const blob = blobOf(25e6);
  const has = new Set(blob.chunks.map(({sha256}) => sha256));
  has.delete('c7');
  has.delete('c8');
  const runs = runsOf([blob], has, 3).map(({start, end}) => [start, end]);
  expect(runs).toEqual([[7 * (MiB / 2), 9 * (MiB / 2)]]);
});

test('content that comes twice is asked for once', () => {
  const chunk = (sha256: string) => ({sha256, bytes: 10});
  const blob = {sha256: 'b', bytes: 40, chunks: ['a', 'b', 'a', 'c'].map(chunk)};
  const runs = runsOf([blob, {...blob, sha256: 'd'}], new Set(), 3);
  expect(runs.map(({start, end}) => [start, end])).toEqual([
    [0, 20],
    [30, 40],
  ]);
});
