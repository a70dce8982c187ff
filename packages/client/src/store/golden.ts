const prefix = 'golden:';

/** The setting that says a version has passed its golden test. @param where on which runtime, provider and browser */
export const goldenKey = (digest: string, where: string) => `${prefix}${digest}|${where}`;

/** Of `keys`, those about a version that is not among `digests`. */
export function goldenOrphans(keys: Iterable<string>, digests: ReadonlySet<string>): string[] {
  const digestOf = (key: string) => key.slice(prefix.length, key.indexOf('|'));
  return [...keys].filter(key => key.startsWith(prefix) && !digests.has(digestOf(key)));
}
