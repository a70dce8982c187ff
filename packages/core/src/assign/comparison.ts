import {paddedVersion} from './version-order.js';

export type Comparison = (actual: unknown, expected: unknown) => boolean;

/** JavaScript's own order, numbers and strings converted as `<` does: what GrowthBook's `$lt` means. */
const ordered = (test: (one: number, other: number) => boolean) => test as Comparison;
const versions =
  (test: (one: string, other: string) => boolean): Comparison =>
  (actual, expected) =>
    test(paddedVersion(actual), paddedVersion(expected));

const lowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

/** An attribute that is a list is in another list when they share an element. */
export function isIn(actual: unknown, expected: readonly unknown[]): boolean {
  return Array.isArray(actual) ? actual.some(item => expected.includes(item)) : expected.includes(actual);
}

function isInAnyCase(actual: unknown, expected: readonly unknown[]): boolean {
  return isIn(Array.isArray(actual) ? actual.map(lowerCase) : lowerCase(actual), expected.map(lowerCase));
}

/** A pattern that does not compile matches nobody. */
function matchesPattern(actual: unknown, pattern: unknown, flags: string): boolean {
  if (typeof pattern !== 'string') return false;
  try {
    return new RegExp(pattern, flags).test(String(actual));
  } catch {
    return false;
  }
}

function typeName(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** The operators that look at one value only. An expected list that is no list matches nobody, negated or not. */
export const comparisons: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['$eq', (actual, expected) => actual === expected],
  ['$ne', (actual, expected) => actual !== expected],
  ['$lt', ordered((one, other) => one < other)],
  ['$lte', ordered((one, other) => one <= other)],
  ['$gt', ordered((one, other) => one > other)],
  ['$gte', ordered((one, other) => one >= other)],
  ['$veq', versions((one, other) => one === other)],
  ['$vne', versions((one, other) => one !== other)],
  ['$vlt', versions((one, other) => one < other)],
  ['$vlte', versions((one, other) => one <= other)],
  ['$vgt', versions((one, other) => one > other)],
  ['$vgte', versions((one, other) => one >= other)],
  ['$in', (actual, expected) => Array.isArray(expected) && isIn(actual, expected)],
  ['$nin', (actual, expected) => Array.isArray(expected) && !isIn(actual, expected)],
  ['$ini', (actual, expected) => Array.isArray(expected) && isInAnyCase(actual, expected)],
  ['$nini', (actual, expected) => Array.isArray(expected) && !isInAnyCase(actual, expected)],
  ['$regex', (actual, expected) => matchesPattern(actual, expected, '')],
  ['$regexi', (actual, expected) => matchesPattern(actual, expected, 'i')],
  ['$exists', (actual, expected) => (actual === null || actual === undefined) !== Boolean(expected)],
  ['$type', (actual, expected) => typeName(actual) === expected],
]);
