import {type ErrorCode, KedgeError} from './errors.js';

/** A value short enough for a message. */
export function printed(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return value ? 'an object' : 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return typeof value;
  const text = `'${value}'`;
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The value that a JSON text says. @throws KedgeError with `code` and how the text begins */
export function jsonOf(text: string, code: ErrorCode, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new KedgeError(code, `${where} is not JSON: it begins with ${JSON.stringify(text.slice(0, 24))}`, {cause});
  }
}
