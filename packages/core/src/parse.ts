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
  const issues = result.error.issues.slice(0, 3).map(({path, message}) => `${path.join('.') || '(whole)'}: ${message}`);
  throw new KedgeError(code, `${where} does not fit its schema: ${issues.join('; ')}`);
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
