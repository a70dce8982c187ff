import {comparisons, isIn} from './comparison.js';

/** A MongoDB-style targeting condition, as GrowthBook writes them. */
export type Condition = {[key: string]: unknown};
/** What is known about a unit, for targeting. Never leaves the device. */
export type Attributes = {[key: string]: unknown};

/** Named groups: a list of values, or a typed entry, as GrowthBook's payload holds them. */
export type SavedGroups = {
  readonly [id: string]:
    | readonly (string | number)[]
    | {readonly type: 'list'; readonly attributeKey?: string; readonly values: readonly (string | number)[]}
    | {readonly type: 'condition'; readonly condition: Condition};
};

/** The saved groups, and the ids being resolved: a group that refers to itself matches nobody. */
interface Scope {
  readonly groups: SavedGroups;
  readonly resolving: readonly string[];
}

/**
 * Whether a unit's attributes meet a condition, with GrowthBook's meaning of every operator. Dotted keys are paths; a
 * missing attribute is null. Never throws.
 *
 * Stricter than GrowthBook in one way: a condition that is malformed or uses an unknown operator matches nobody, even
 * under `$not`, because it was written for a newer client and guessing would enrol the wrong people.
 */
export function matches(condition: Condition, attributes: Attributes, groups: SavedGroups = {}): boolean {
  try {
    return meets(attributes, condition, {groups, resolving: []});
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Condition {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listed(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('expected a list');
  return value;
}

function meets(attributes: unknown, condition: unknown, scope: Scope): boolean {
  if (!isRecord(condition)) throw new TypeError('expected a condition');
  // Plain loops here and below: entries and closures made anew for each unit took most of an assignment.
  for (const key of Object.keys(condition)) if (!meetsEntry(attributes, key, condition[key], scope)) return false;
  return true;
}

function meetsEntry(attributes: unknown, key: string, expected: unknown, scope: Scope): boolean {
  switch (key) {
    case '$and':
      return listed(expected).every(condition => meets(attributes, condition, scope));
    case '$or':
      return meetsAny(attributes, listed(expected), scope);
    case '$nor':
      return !meetsAny(attributes, listed(expected), scope);
    case '$not':
      return !meets(attributes, expected, scope);
    case '$savedGroup':
      return inSavedGroup(attributes, expected, scope);
    default:
      if (isOperator(key)) throw new TypeError(`unknown operator ${key}`);
      return meetsValue(attributeAt(attributes, key), expected, scope);
  }
}

/** No alternatives at all is no restriction. */
function meetsAny(attributes: unknown, conditions: readonly unknown[], scope: Scope): boolean {
  return conditions.length === 0 || conditions.some(condition => meets(attributes, condition, scope));
}

function attributeAt(attributes: unknown, path: string): unknown {
  return path.includes('.') ? path.split('.').reduce(ownProperty, attributes) : ownProperty(attributes, path);
}

/** Own properties only: a path such as `constructor` must not reach what every object inherits. */
function ownProperty(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Attributes)[name] : null;
}

const isOperator = (key: string) => key.charCodeAt(0) === 0x24; // $

function isOperators(value: unknown): value is Condition {
  if (!isRecord(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every(isOperator);
}

/** A plain value asks for equality as GrowthBook converts it; an object of operators asks for all of them. */
function meetsValue(actual: unknown, expected: unknown, scope: Scope): boolean {
  if (typeof expected === 'string') return String(actual) === expected;
  if (typeof expected === 'number') return Number(actual) === expected;
  if (typeof expected === 'boolean') return actual !== null && Boolean(actual) === expected;
  if (expected === null) return actual === null;
  if (!isOperators(expected)) return JSON.stringify(actual) === JSON.stringify(expected);
  for (const key of Object.keys(expected)) if (!meetsOperator(actual, key, expected[key], scope)) return false;
  return true;
}

function meetsOperator(actual: unknown, operator: string, operand: unknown, scope: Scope): boolean {
  switch (operator) {
    case '$not':
      return !meetsValue(actual, operand, scope);
    case '$size':
      return Array.isArray(actual) && meetsValue(actual.length, operand, scope);
    case '$elemMatch':
      return Array.isArray(actual) && actual.some(item => elementMeets(item, operand, scope));
    case '$all':
    case '$alli':
      return Array.isArray(operand) && hasAll(actual, operand, operator === '$alli', scope);
    case '$inGroup':
    case '$notInGroup': {
      const values = groupValues(operand, scope);
      return values !== undefined && isIn(actual, values) === (operator === '$inGroup');
    }
  }
  const comparison = comparisons.get(operator);
  if (!comparison) throw new TypeError(`unknown operator ${operator}`);
  return comparison(actual, operand);
}

function elementMeets(item: unknown, expected: unknown, scope: Scope): boolean {
  if (item === null || item === undefined) return false;
  return isOperators(expected) ? meetsValue(item, expected, scope) : meets(item, expected, scope);
}

function hasAll(actual: unknown, expected: readonly unknown[], anyCase: boolean, scope: Scope): boolean {
  if (!Array.isArray(actual)) return false;
  return expected.every(wanted =>
    actual.some(item =>
      anyCase && typeof wanted === 'string'
        ? String(item).toLowerCase() === wanted.toLowerCase()
        : meetsValue(item, wanted, scope),
    ),
  );
}

/** An unknown group is an empty one; a group that is no list has no values to compare, so it matches nobody. */
function groupValues(id: unknown, {groups}: Scope): readonly unknown[] | undefined {
  if (!Object.hasOwn(groups, String(id))) return [];
  const group: unknown = groups[String(id)];
  if (Array.isArray(group)) return listed(group);
  return isRecord(group) && group['type'] === 'list' && Array.isArray(group['values']) ? group['values'] : undefined;
}

function inSavedGroup(attributes: unknown, reference: unknown, {groups, resolving}: Scope): boolean {
  if (!isRecord(reference)) return false;
  const {id, attributeKey} = reference;
  if (typeof id !== 'string' || resolving.includes(id) || !Object.hasOwn(groups, id)) return false;
  const group: unknown = groups[id];
  if (!isRecord(group) || (attributeKey !== undefined && typeof attributeKey !== 'string')) return false;
  if (group['type'] === 'condition')
    return (
      isRecord(group['condition']) && meets(attributes, group['condition'], {groups, resolving: [...resolving, id]})
    );
  const key = attributeKey ?? group['attributeKey'];
  if (group['type'] !== 'list' || typeof key !== 'string' || !Array.isArray(group['values'])) return false;
  return isIn(attributeAt(attributes, key), group['values']);
}
