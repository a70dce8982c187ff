/** @typedef {import('../server/fault-server.mjs').Seen} Seen */
/** @typedef {{start: number, end: number}} Range */

/**
 * Where each chunk lies in the registry's blobs.
 *
 * @param {readonly import('@kedge/core').Manifest[]} manifests
 * @returns {Map<string, Map<string, Range[]>>} by blob, by chunk
 */
export function chunkMap(manifests) {
  const blobs = new Map();
  for (const manifest of manifests)
    for (const {sha256, chunks} of blobsOf(manifest)) {
      if (blobs.has(sha256)) continue;
      const places = new Map();
      let start = 0;
      for (const {sha256: chunk, bytes} of chunks) {
        places.set(chunk, [...(places.get(chunk) ?? []), {start, end: start + bytes}]);
        start += bytes;
      }
      blobs.set(sha256, places);
    }
  return blobs;
}

/** Everything that a version may have fetched. @param {import('@kedge/core').Manifest} manifest */
export function blobsOf({artifacts, patches = [], runtime}) {
  return [...artifacts, ...patches, ...(runtime.files ?? [])];
}

/** Requests for blobs. @param {readonly Seen[]} log */
export const blobRequests = log => log.filter(({path, method}) => path.includes('/blobs/') && method === 'GET');

/**
 * Bytes that were asked for though the device had them: each request against the chunks that were stored before it.
 *
 * @param {readonly Seen[]} log
 * @param {ReadonlySet<string>} stored chunks
 * @param {Map<string, Map<string, Range[]>>} blobs
 */
export function askedAgain(log, stored, blobs) {
  let bytes = 0;
  for (const {path, range} of blobRequests(log)) {
    const places = blobs.get(path.slice(path.lastIndexOf('/') + 1)) ?? new Map();
    const asked = range ?? {start: 0, end: Infinity};
    for (const chunk of stored) for (const place of places.get(chunk) ?? []) bytes += overlap(asked, place);
  }
  return bytes;
}

/** @param {Range} a @param {Range} b */
const overlap = (a, b) => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/** Bytes of blobs that the server sent. @param {readonly Seen[]} log */
export const sentBytes = log => blobRequests(log).reduce((sum, {sent}) => sum + sent, 0);
