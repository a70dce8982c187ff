import type {Artifact, Chunk} from '@kedge/core';

export interface Run {
  start: number;
  end: number;
  chunks: Chunk[];
}

/** A run is one request; longer ones would hold more in flight than a retry should cost. */
export const maxRunBytes = 16 * 2 ** 20;

/** The missing chunks of an artifact as few runs of neighbours, each at most `maxBytes` (one chunk may exceed it). */
export function runsOf(artifact: Artifact, has: ReadonlySet<string>, maxBytes = maxRunBytes): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const chunk of artifact.chunks) {
    const end = at + chunk.bytes;
    const last = runs.at(-1);
    if (!has.has(chunk.sha256)) {
      if (last?.end === at && end - last.start <= maxBytes) {
        last.chunks.push(chunk);
        last.end = end;
      } else runs.push({start: at, end, chunks: [chunk]});
    }
    at = end;
  }
  return runs;
}
