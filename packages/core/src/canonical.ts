/**
 * JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Two sides that hold the same value compute the same bytes, so a manifest's address does not depend on who wrote it.
 *
 * @throws TypeError for what JSON cannot say: NaN, infinity, lone surrogates, undefined or a hole in a list, functions,
 *   and objects with a class, such as Map or Date.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot say ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`canonical JSON cannot say ${typeof value}`);
  return canonicalObject(value);
}

/** RFC 8785 §3.2.2.2: a lone surrogate is an error. */
function quoted(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('canonical JSON cannot say a lone surrogate');
  return JSON.stringify(text);
}

function canonicalObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A plain object's prototype is the root, also one from another realm.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new TypeError(`canonical JSON cannot say a ${value.constructor.name}`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${quoted(key)}:${canonicalJson(item)}`).join(',')}}`;
}
