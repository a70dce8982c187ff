/**
 * FNV-1a, 32 bits, over UTF-16 code units instead of bytes, as GrowthBook computes it: for non-ASCII text it differs from
 * the byte-wise hash of draft-eastlake-fnv. Unsigned.
 *
 * @param basis the hash of what comes before `text`, so that a concatenation need not be built. @default the offset basis
 */
export function fnv1a(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
