import type * as z from 'zod/mini';
import {type ErrorCode, KedgeError} from './errors.js';

/**
 * A value checked against its schema at the border; inside, types are trusted.
 *
 * @param where what is parsed, for the message: `release http://…/prod.json`
 * @throws KedgeError with `code`, naming the first fields that are wrong
 */
export function parse<S extends z.ZodMiniType>(schema: S, value: unknown, code: ErrorCode, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3).map(issue => describe(issue, value));
  throw new KedgeError(code, `${where} does not fit its schema: ${issues.join('; ')}`);
}

/** `models.digits.champion: expected string, got undefined`: zod/mini comes without messages of its own. */
function describe(issue: z.core.$ZodIssue, whole: unknown): string {
  const got = printed(
    issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], whole),
  );
  return `${issue.path.join('.') || '(whole)'}: ${expectation(issue)}, got ${got}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message !== 'Invalid input') return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map(value => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return 'not what is expected here';
  }
}

/** A value short enough for a message. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return value ? 'an object' : 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return typeof value;
  const text = `'${value}'`;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** JSON text, then `parse`. */
export function parseJson<S extends z.ZodMiniType>(
  schema: S,
  text: string,
  code: ErrorCode,
  where: string,
): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KedgeError(code, `${where} is not JSON: it begins with ${JSON.stringify(text.slice(0, 24))}`, {cause});
  }
  return parse(schema, value, code, where);
}
