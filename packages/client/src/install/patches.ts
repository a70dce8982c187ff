import {applyPatch, type Artifact, type Chunk, KedgeError, type Manifest, type Patch} from '@kedge/core';
import {holding} from '../store/lock.js';
import type {Store, StoredChunk} from '../store/store.js';
import {cut, verify} from './cut.js';

/** A patch that is worth it. */
export interface PlannedPatch {
  patch: Patch;
  base: Artifact;
  artifact: Artifact;
  /** What it will make of the artifact. */
  madeBytes: number;
  /** What must be fetched for it. */
  missingBytes: number;
}

/** Content that comes twice is fetched once. */
function missingBytes(chunks: readonly Chunk[], has: ReadonlySet<string>): number {
  const missing = new Map(chunks.map(({sha256, bytes}) => [sha256, has.has(sha256) ? 0 : bytes]));
  return [...missing.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Of each artifact the patch that needs the fewest bytes, if they are fewer than what is missing without it.
 *
 * @param has what is stored of the manifest's chunks; what is stored of its patches' is added
 */
export async function plan(manifest: Manifest, has: Set<string>, store: Store): Promise<PlannedPatch[]> {
  const patches = manifest.patches ?? [];
  for (const sha256 of await store.hasChunks(patches.flatMap(({chunks}) => chunks.map(chunk => chunk.sha256))))
    has.add(sha256);
  const bases = await basesOf(patches, store);
  return manifest.artifacts.flatMap(artifact => {
    const madeBytes = missingBytes(artifact.chunks, has);
    const candidates = patches.flatMap(patch => {
      const base = bases.get(patch.base);
      const needs = missingBytes(patch.chunks, has);
      // One that is as large as the file is no patch: content in it that repeats is fetched once, and read each time.
      const isSmall = patch.bytes < artifact.bytes && needs < madeBytes;
      const fits = base && patch.artifact === artifact.path && isSmall;
      return fits ? [{patch, base, artifact, madeBytes, missingBytes: needs}] : [];
    });
    candidates.sort((a, b) => a.missingBytes - b.missingBytes);
    return candidates.slice(0, 1);
  });
}

/** The blobs that patches start from and that are whole on this device, by their digest. */
async function basesOf(patches: readonly Patch[], store: Store): Promise<Map<string, Artifact>> {
  const wanted = new Set(patches.map(({base}) => base));
  const artifacts = (await store.records()).flatMap(({manifest}) => manifest.artifacts);
  const known = new Map(
    artifacts.filter(({sha256}) => wanted.has(sha256)).map(artifact => [artifact.sha256, artifact]),
  );
  for (const [sha256, {chunks}] of known)
    if (missingBytes(chunks, await store.hasChunks(chunks.map(chunk => chunk.sha256))) > 0) known.delete(sha256);
  return known;
}

/**
 * The chunks of the artifact that `has` lacks, verified, one by one.
 *
 * @throws KedgeError `artifact_corrupt` when the patch does not make the artifact, `storage_unavailable` when stored bytes are gone; the signal's reason
 */
export async function* make(
  {patch, base, artifact}: PlannedPatch,
  has: ReadonlySet<string>,
  store: Store,
  signal: AbortSignal,
): AsyncGenerator<StoredChunk> {
  const where = `the patch ${patch.sha256} of ${artifact.path}`;
  const made = limited(applyPatch(reader(base, store), gunzipped(patch.chunks, store)), artifact.bytes, where);
  for await (const chunk of cut(made, artifact.chunks)) {
    signal.throwIfAborted();
    if (has.has(chunk.sha256)) continue;
    await verify(chunk, where);
    yield chunk;
  }
}

/** Exactly so many bytes: a patch could make more for ever. */
async function* limited(stream: AsyncIterable<Uint8Array>, bytes: number, where: string): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of stream) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0)
    throw new KedgeError('artifact_corrupt', `${where}: expected ${bytes} bytes of it, got ${bytes - left}`);
}

async function stored(sha256: string, store: Store): Promise<Uint8Array<ArrayBuffer>> {
  // One by one: nobody who needs room waits for all of them.
  const data = await holding(() => store.getChunk(sha256));
  if (!data) throw new KedgeError('storage_unavailable', `a stored chunk is gone: ${sha256}`);
  return data;
}

async function* gunzipped(chunks: readonly Chunk[], store: Store): AsyncGenerator<Uint8Array> {
  const left = [...chunks];
  const gzip = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async controller => {
      const chunk = left.shift();
      if (chunk) controller.enqueue(await stored(chunk.sha256, store));
      else controller.close();
    },
  });
  const bytes = gzip.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let {done, value} = await bytes.read(); !done; {done, value} = await bytes.read()) yield value!;
  } finally {
    await bytes.cancel().catch(() => {});
  }
}

/** Any range of a stored blob; the chunk that was read last is kept for the next range. */
function reader({chunks, bytes}: Artifact, store: Store) {
  let at = 0;
  const spans = chunks.map(({sha256, bytes}) => ({sha256, start: at, end: (at += bytes)}));
  let kept: {start: number; end: number; data: Uint8Array} | undefined;
  return async (offset: number, length: number): Promise<Uint8Array> => {
    const out = new Uint8Array(Math.max(0, Math.min(length, bytes - offset)));
    for (let filled = 0; filled < out.length;) {
      const from = offset + filled;
      if (!kept || from < kept.start || from >= kept.end) {
        const span = spans.find(({end}) => from < end)!;
        kept = {...span, data: await stored(span.sha256, store)};
      }
      const part = kept.data.subarray(from - kept.start, from - kept.start + out.length - filled);
      out.set(part, filled);
      filled += part.length;
    }
    return out;
  };
}
