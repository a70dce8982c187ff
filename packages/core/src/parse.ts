import type * as z from 'zod/mini';
import {type ErrorCode, KedgeError} from './errors.js';
import {jsonOf, printed} from './json.js';

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

/** JSON text, then `parse`. */
export function parseJson<S extends z.ZodMiniType>(
  schema: S,
  text: string,
  code: ErrorCode,
  where: string,
): z.output<S> {
  return parse(schema, jsonOf(text, code, where), code, where);
}
