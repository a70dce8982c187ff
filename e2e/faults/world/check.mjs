import {isDeepStrictEqual} from 'node:util';

/** What was promised and did not hold. */
export class Broken extends Error {}

/** @param {unknown} condition @param {string | (() => string)} otherwise @returns {asserts condition} */
export function check(condition, otherwise) {
  if (!condition) throw new Broken(typeof otherwise === 'string' ? otherwise : otherwise());
}

/** Each named field is as expected; a list of values means any of them. @param {any} got @param {Record<string, unknown>} expected @param {string} what */
export function checkFields(got, expected, what) {
  for (const [field, want] of Object.entries(expected)) {
    const allowed = Array.isArray(want) ? want : [want];
    const holds = allowed.some(value => isDeepStrictEqual(got[field], value));
    check(holds, () => `${what}: ${field} should be ${allowed.map(show).join(' or ')}, is ${show(got[field])}`);
  }
}

/** @param {unknown} value */
const show = value => JSON.stringify(value);
