import {printed} from './json.js';
import type {AnyRules, Rule} from './rules.js';

/** The part of JSON Schema (draft 2020-12) that zod writes of our schemas, and the rules that it can't say. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';
  properties?: Record<string, JsonSchema>;
  required?: string[];
  propertyNames?: JsonSchema;
  additionalProperties?: JsonSchema;
  items?: JsonSchema | false;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  default?: unknown;
  /** Name of a set among the document's. */
  rules?: string;
}

/** Where a value does not fit; its message is what was expected there. */
class Misfit extends Error {
  constructor(
    readonly path: readonly string[],
    expected: string,
  ) {
    super(expected);
  }
}

/** Where in the document a value stands, and the document's rules. */
interface Place {
  path: readonly string[];
  rules: AnyRules;
}

const below = ({path, rules}: Place, name: string): Place => ({path: [...path, name], rules});

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'number') return Number.isFinite(value);
  return typeOf(value) === type;
}

/** What a bound says against a size, in words; undefined when it holds. */
function outOfBounds(size: number, least: number | undefined, most: number | undefined): string | undefined {
  if (least !== undefined && size < least) return `expected at least ${least}`;
  if (most !== undefined && size > most) return `expected at most ${most}`;
  return undefined;
}

function misfitOfScalar(value: unknown, schema: JsonSchema): string | undefined {
  const allowed = schema.enum ?? ('const' in schema ? [schema.const] : undefined);
  if (allowed && !allowed.includes(value)) return `expected ${allowed.map(item => JSON.stringify(item)).join(' or ')}`;
  if (typeof value === 'string') {
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) return `expected to match ${schema.pattern}`;
    return outOfBounds(value.length, schema.minLength, schema.maxLength);
  }
  if (typeof value !== 'number') return undefined;
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum)
    return `expected more than ${schema.exclusiveMinimum}`;
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum)
    return `expected less than ${schema.exclusiveMaximum}`;
  return outOfBounds(value, schema.minimum, schema.maximum);
}

function readArray(value: unknown[], schema: JsonSchema, at: Place): unknown[] {
  const wrong = outOfBounds(value.length, schema.minItems, schema.maxItems);
  if (wrong) throw new Misfit(at.path, wrong);
  return value.map((item, i) => {
    const inner = schema.prefixItems?.[i] ?? schema.items;
    return inner ? read(item, inner, below(at, String(i))) : item;
  });
}

/** Only what the schema names is kept, as zod does; a record keeps all, under names that are its own. */
function readObject(value: Record<string, unknown>, schema: JsonSchema, at: Place): object {
  const out: Record<string, unknown> = {};
  const set = (name: string, item: unknown) =>
    Object.defineProperty(out, name, {value: item, enumerable: true, writable: true, configurable: true});
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const item = Object.hasOwn(value, name) ? value[name] : structuredDefault(inner);
    if (item !== undefined) set(name, read(item, inner, below(at, name)));
    else if (schema.required?.includes(name))
      throw new Misfit([...at.path, name], `expected ${inner.type ?? 'a value'}`);
  }
  if (schema.additionalProperties)
    for (const [name, item] of Object.entries(value)) {
      if (schema.propertyNames) read(name, schema.propertyNames, below(at, name));
      set(name, read(item, schema.additionalProperties, below(at, name)));
    }
  return out;
}

/** A default of its own for each reader. */
function structuredDefault({default: value}: JsonSchema): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

function readAny(value: unknown, schemas: readonly JsonSchema[], at: Place): unknown {
  for (const schema of schemas) {
    try {
      return read(value, schema, at);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
    }
  }
  throw new Misfit(at.path, `expected ${schemas.map(({type}) => type).join(' or ')}`);
}

function read(value: unknown, schema: JsonSchema, at: Place): unknown {
  if (schema.anyOf) return readAny(value, schema.anyOf, at);
  if (schema.type && !hasType(value, schema.type)) throw new Misfit(at.path, `expected ${schema.type}`);
  const wrong = misfitOfScalar(value, schema);
  if (wrong) throw new Misfit(at.path, wrong);
  const out =
    schema.type === 'array'
      ? readArray(value as unknown[], schema, at)
      : schema.type === 'object'
        ? readObject(value as Record<string, unknown>, schema, at)
        : value;
  for (const rule of (schema.rules ? at.rules[schema.rules] : []) as readonly Rule<unknown>[])
    if (!rule.test(out)) throw new Misfit([...at.path, ...rule.path], rule.error);
  return out;
}

/** The value that a path leads to, for a message. */
function valueAt(whole: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], whole);
}

/**
 * A value read by its schema, with defaults filled in and what the schema does not name left out.
 *
 * @returns what does not fit, in words, instead of throwing: `models.digits.champion: expected string, got undefined`
 */
export function readBySchema(
  value: unknown,
  schema: JsonSchema,
  rules: AnyRules,
): {value: unknown} | {problem: string} {
  try {
    return {value: read(value, schema, {path: [], rules})};
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const {path, message} = error;
    return {problem: `${path.join('.') || '(whole)'}: ${message}, got ${printed(valueAt(value, path))}`};
  }
}
