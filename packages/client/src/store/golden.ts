/** Settings about a version, which go with it. */
const about = /^(?:golden|engine):([^|]*)/;

/** The setting that says a version has passed its golden test. @param where on which runtime, provider and browser */
export const goldenKey = (digest: string, where: string) => `golden:${digest}|${where}`;

/** The setting that says how a version fares on this device. @param about which part of it: two pages may write different ones */
export const engineKey = (digest: string, about: 'crashes' | 'choice' | `batches ${string}`) =>
  `engine:${digest}|${about}`;

/** Of `keys`, those about a version that is not among `digests`. */
export function goldenOrphans(keys: Iterable<string>, digests: ReadonlySet<string>): string[] {
  const isOrphan = (digest: string | undefined) => digest !== undefined && !digests.has(digest);
  return [...keys].filter(key => isOrphan(about.exec(key)?.[1]));
}
