import type {Chunk} from '@kedge/core';
import type {RegistryBlob, Run} from './runs.js';

/** Of each download the runs that take a blob whole, by the blob's digest. */
const takers = new WeakMap<readonly Run[], Map<string, Run>>();

/**
 * A server that knows no ranges sends a blob whole, once for each run. So the first run that is answered like that takes all
 * that is missing of the blob, and there is nothing left of those that come later.
 *
 * @param waiting the runs that no lane has begun; those of the blob are taken out
 */
export function widen(run: Run, waiting: Run[], has: ReadonlySet<string>): void {
  const {sha256} = run.blob;
  const taken = takers.get(waiting) ?? new Map<string, Run>();
  takers.set(waiting, taken);
  const taker = taken.get(sha256) ?? run;
  taken.set(sha256, taker);
  if (taker !== run) return void Object.assign(run, {chunks: [], start: run.end});
  waiting.splice(0, waiting.length, ...waiting.filter(({blob}) => blob.sha256 !== sha256));
  Object.assign(run, missingOf(run.blob, has));
}

/** From the first chunk that is missing to the last; some between them may be there. */
function missingOf(blob: RegistryBlob, has: ReadonlySet<string>): Pick<Run, 'chunks' | 'start' | 'end'> {
  const isMissing = ({sha256}: Chunk) => !has.has(sha256);
  const first = blob.chunks.findIndex(isMissing);
  const chunks = first < 0 ? [] : blob.chunks.slice(first, blob.chunks.findLastIndex(isMissing) + 1);
  const before = blob.chunks.slice(0, Math.max(0, first));
  const start = before.reduce((sum, {bytes}) => sum + bytes, 0);
  return {chunks, start, end: chunks.reduce((sum, {bytes}) => sum + bytes, start)};
}
