import type {Chunk} from '@kedge/core';

/** A file of the registry, addressed by its digest: an artifact or a patch. */
export interface RegistryBlob {
  sha256: string;
  bytes: number;
  chunks: readonly Chunk[];
  /** Something else can take its place: asked for less often. */
  isSpare?: boolean;
}

/** Neighbouring missing chunks of one blob: one request. */
export interface Run {
  blob: RegistryBlob;
  start: number;
  end: number;
  chunks: Chunk[];
}

/** More in one request would be more to ask again after a failure, and leave the other lanes waiting at the end. */
export const maxRunBytes = 32 * 2 ** 20;
/** Less is not worth a request of its own: each at a time costs the page some 10 MB. */
const minRunBytes = 16 * 2 ** 20;

interface Missing {
  blob: RegistryBlob;
  start: number;
  chunk: Chunk;
  /** Missing bytes before it. */
  before: number;
}

/** Each chunk once, wherever else it may come again. */
function missingOf(blobs: readonly RegistryBlob[], has: ReadonlySet<string>): Missing[] {
  const known = new Set(has);
  const missing: Missing[] = [];
  let before = 0;
  for (const blob of blobs) {
    let start = 0;
    for (const chunk of blob.chunks) {
      if (!known.has(chunk.sha256)) {
        known.add(chunk.sha256);
        missing.push({blob, start, chunk, before});
        before += chunk.bytes;
      }
      start += chunk.bytes;
    }
  }
  return missing;
}

/** Of equal runs, a multiple of `lanes`, so that all lanes end together; one for little. */
function runBytesFor(missingBytes: number, lanes: number): number {
  const most = Math.ceil(missingBytes / maxRunBytes / lanes) * lanes;
  return missingBytes / Math.max(1, Math.min(most, Math.floor(missingBytes / minRunBytes)));
}

/** The chunks that `has` lacks as few runs of neighbours, each at most `maxRunBytes`, that keep `lanes` requests busy. */
export function runsOf(blobs: readonly RegistryBlob[], has: ReadonlySet<string>, lanes: number): Run[] {
  const missing = missingOf(blobs, has);
  const {before = 0, chunk: last} = missing.at(-1) ?? {};
  const runBytes = runBytesFor(before + (last?.bytes ?? 0), lanes);
  const runs: Run[] = [];
  let share: number | undefined;
  for (const {blob, start, chunk, before} of missing) {
    const run = runs.at(-1);
    const end = start + chunk.bytes;
    const itsShare = Math.floor((before + chunk.bytes / 2) / runBytes);
    if (run?.blob === blob && run.end === start && itsShare === share && end - run.start <= maxRunBytes) {
      run.chunks.push(chunk);
      run.end = end;
    } else runs.push({blob, start, end, chunks: [chunk]});
    share = itsShare;
  }
  return runs;
}
