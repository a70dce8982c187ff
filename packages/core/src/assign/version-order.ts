/**
 * A version as text that sorts as versions do, exactly as GrowthBook pads it: numeric parts right-aligned to five places,
 * a release after its pre-releases (`~` is ASCII's last printable), build metadata and a leading `v` left out.
 */
export function paddedVersion(version: unknown): string {
  const text = typeof version === 'number' ? String(version) : version;
  const parts = (typeof text === 'string' && text !== '' ? text : '0').replace(/(^v|\+.*$)/g, '').split(/[-.]/);
  if (parts.length === 3) parts.push('~');
  return parts.map(part => (/^[0-9]+$/.test(part) ? part.padStart(5, ' ') : part)).join('-');
}
