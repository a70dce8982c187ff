import * as z from 'zod/mini';
import fc from 'fast-check';
import {describe, expect, test, vi} from 'vitest';
import {manifest} from '../testing/manifest.js';
import {release} from '../testing/release.js';
import {Envelope} from './envelope.js';
import {Manifest} from './manifest.js';
import {readEnvelope, readManifest, readRelease} from './read.js';
import {Release} from './release.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const maxInteger = ',"maximum":9007199254740991';

/** What zod says of a schema, without what every reader checks anyway. */
function asSource(name: string, schema: z.ZodMiniType): string {
  const {$schema: _, ...json} = z.toJSONSchema(schema, {io: 'input', target: 'draft-2020-12'});
  return `export const ${name}: JsonSchema = ${JSON.stringify(json).replaceAll(maxInteger, '')};\n`;
}

test('the schemas that a device reads by are zod’s (vitest -u writes them)', async () => {
  const source = [
    '// Made from the zod schemas by read.test.ts.\n',
    "import type {JsonSchema} from './json-schema.js';\n\n",
    asSource('envelopeSchema', Envelope),
    asSource('manifestSchema', Manifest),
    asSource('releaseSchema', Release),
  ].join('');
  await expect(source).toMatchFileSnapshot('./schemas.ts');
});

const cases = [
  ['manifest', manifest(), Manifest, readManifest],
  ['release', release(), Release, readRelease],
  ['envelope', {payloadType: 't', payload: 'AA==', signatures: [{sig: 'AA=='}]}, Envelope, readEnvelope],
] as const;

describe.each(cases)('%s', (_, good, schema, read) => {
  const zod = schema as z.ZodMiniType;
  const accepts = (value: unknown) => {
    try {
      return {value: read(JSON.stringify(value), 'it') as unknown};
    } catch (error) {
      return {error: (error as Error).message};
    }
  };

  test('reads what zod reads, defaults included', () => {
    expect(accepts(good)).toEqual({value: zod.parse(good)});
  });

  test('names the field that is missing', () => {
    for (const name of Object.keys(good)) {
      const {[name as never]: __, ...rest} = good as Record<string, unknown>;
      const fits = zod.safeParse(rest).success;
      const got = accepts(rest);
      expect('value' in got).toBe(fits);
      if ('error' in got) expect(got.error).toContain(name);
    }
  });

  test('refuses and accepts what zod does, whatever one value is changed to', () => {
    const paths = pathsOf(good);
    const junk = fc.oneof(
      fc.constantFrom(null, undefined, '', 'x', -1, 0, 1.5, 1e300, 10_001, true, [], {}, [1, 2], '1.0.0'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, value) => {
        const changed = JSON.parse(JSON.stringify(withValue(good, path, value))) as unknown;
        expect('value' in accepts(changed), JSON.stringify({path, value})).toBe(zod.safeParse(changed).success);
      }),
      {numRuns: 3000},
    );
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))].filter(
    ({length}) => length > 0,
  );
}

function withValue(whole: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(whole) ? [...(whole as unknown[])] : {...(whole as object)}) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}
