import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {artifactOf, chunkBytes, chunksNamed, digestOf, testManifest} from '../../testing/manifest.js';
import {evictionsFor} from './evictions-for.js';
import {leftovers, pinsOf, revocations} from './policy.js';
import {type CatalogRecord, namedBy, type VersionState, versionStates} from './record.js';
import type {Held} from './store.js';

const day = 86_400_000;
const at = 1000 * day;
const none = {at, sessions: new Set<string>(), named: [] as string[]};

function record(
  n: number,
  state: VersionState,
  {model = 'digits', chunks = [n], servedAt = at - n}: {model?: string; chunks?: number[]; servedAt?: number} = {},
): CatalogRecord {
  const manifest = testManifest(`1.0.${n}`, chunks, {model});
  const lastServedAt = state === 'active' || state === 'retired' ? servedAt : null;
  const times = {installedAt: servedAt, changedAt: servedAt, verifiedAt: servedAt, lastServedAt};
  return {digest: digestOf(100 + n), manifest, state, code: state === 'failed' ? 'golden_mismatch' : null, ...times};
}

function held(...records: CatalogRecord[]): Held {
  const chunks = records.flatMap(namedBy);
  return {records, sizes: new Map(chunks.map(({sha256, bytes}) => [sha256, bytes]))};
}

const need = (chunks: number, model = 'digits', spared: readonly number[] = []) => {
  const coming = {digest: digestOf(100), model, spared: chunksNamed(spared)};
  return {bytes: chunks * chunkBytes, ...coming, reason: 'quota' as const};
};
const versions = (evictions: readonly {version: string}[]) => evictions.map(({version}) => version);

describe('pins', () => {
  test('what serves, the way back, what a page has loaded, and what is on its way', () => {
    const pins = pinsOf(
      held(
        record(1, 'active'),
        record(2, 'retired', {servedAt: at - 5}),
        record(3, 'retired', {servedAt: at - 9}),
        record(4, 'retired', {servedAt: at - 10}),
        record(5, 'downloading'),
        record(6, 'failed'),
      ),
      {...none, sessions: new Set([digestOf(104)])},
    );
    expect([...pins]).toEqual([
      [digestOf(101), 'active'],
      [digestOf(102), 'previous'],
      [digestOf(104), 'session'],
      [digestOf(105), 'downloading'],
    ]);
  });

  test('a version that lacks a chunk is no way back', () => {
    const all = held(record(2, 'retired', {servedAt: at - 5}), record(3, 'retired', {servedAt: at - 9}));
    const sizes = new Map([...all.sizes].filter(([sha256]) => sha256 !== digestOf(2)));
    expect([...pinsOf({...all, sizes}, none)]).toEqual([[digestOf(103), 'previous']]);
  });

  test('the version that the release names is the way back, though another one served later, and long ago', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired', {servedAt: at - 5}),
      record(3, 'retired', {servedAt: at - 100 * day}),
    );
    const named = {...none, named: [digestOf(101), digestOf(103)]};
    expect(pinsOf(all, named).get(digestOf(103))).toBe('previous');
    expect(versions(leftovers(all, named))).toEqual(['1.0.2']);
    expect(versions(evictionsFor(all, named, need(1)))).toEqual(['1.0.2']);
    const sizes = new Map([...all.sizes].filter(([sha256]) => sha256 !== digestOf(3)));
    expect(pinsOf({...all, sizes}, named).get(digestOf(102))).toBe('previous');
  });

  test('from an arm the way back is the champion, before what the champion names', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired', {servedAt: at - 9}),
      record(3, 'retired', {servedAt: at - 5}),
    );
    const named = {...none, named: [digestOf(102), digestOf(103)]};
    expect(versions(leftovers(all, named))).toEqual(['1.0.3']);
  });

  test('a model that nobody has used for ninety days may make room', () => {
    const old = held(record(1, 'active', {model: 'old', servedAt: at - 91 * day}), record(2, 'active'));
    expect(versions(evictionsFor(old, none, need(1)))).toEqual(['1.0.1']);
    expect(leftovers(old, none)).toEqual([]);
  });
});

describe('making room', () => {
  test('failed versions go first, then the one that served longest ago, and no more than is needed', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired', {servedAt: at - 1}),
      record(3, 'retired', {servedAt: at - 20}),
      record(4, 'retired', {servedAt: at - 10}),
      record(5, 'failed'),
    );
    expect(versions(evictionsFor(all, none, need(1)))).toEqual(['1.0.5']);
    expect(versions(evictionsFor(all, none, need(2)))).toEqual(['1.0.5', '1.0.3']);
    expect(versions(evictionsFor(all, none, need(3)))).toEqual(['1.0.5', '1.0.3', '1.0.4']);
  });

  test('the way back of the model that is installed goes last, that of another model never', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired'),
      record(3, 'active', {model: 'other'}),
      record(4, 'retired', {model: 'other'}),
    );
    expect(versions(evictionsFor(all, none, need(1)))).toEqual(['1.0.2']);
    expect(evictionsFor(all, none, need(2))).toEqual([]);
    expect(versions(evictionsFor(all, none, need(1, 'third')))).toEqual([]);
  });

  test('the only version of the model that is installed never goes, though it does not serve now', () => {
    expect(evictionsFor(held(record(1, 'retired')), none, need(1))).toEqual([]);
  });

  test('nothing goes in vain', () => {
    const all = held(record(1, 'retired', {servedAt: at - 9}), record(2, 'retired', {servedAt: at - 1}));
    expect(evictionsFor(all, none, need(5))).toEqual([]);
  });

  test('chunks that another version names free nothing', () => {
    const all = held(
      record(1, 'active', {chunks: [1, 2]}),
      record(3, 'retired', {chunks: [1, 2, 3], servedAt: at - 9}),
      record(4, 'retired', {chunks: [4, 5], servedAt: at - 8}),
      record(6, 'retired', {servedAt: at - 1}),
    );
    const evictions = evictionsFor(all, none, need(2));
    expect(evictions.map(({version, bytes}) => [version, bytes])).toEqual([
      ['1.0.3', chunkBytes],
      ['1.0.4', 2 * chunkBytes],
    ]);
  });

  test('what comes keeps the chunks that it shares, and a version that holds nothing else stays', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired', {chunks: [2, 3, 4], servedAt: at - 5}),
      record(5, 'failed', {chunks: [2, 3]}),
      record(6, 'retired', {chunks: [6], servedAt: at - 9}),
    );
    const made = (chunks: number) =>
      evictionsFor(all, none, need(chunks, 'digits', [2, 3])).map(({version, bytes}) => [version, bytes]);
    expect(made(1)).toEqual([['1.0.6', chunkBytes]]);
    expect(made(2)).toEqual([
      ['1.0.6', chunkBytes],
      ['1.0.2', chunkBytes],
    ]);
    expect(made(3)).toEqual([]);
  });

  const states = fc.constantFrom<VersionState>(...versionStates);
  const records = fc
    .array(
      fc.record({
        state: states,
        model: fc.constantFrom('digits', 'other'),
        chunks: fc.uniqueArray(fc.integer({min: 1, max: 12}), {minLength: 1, maxLength: 5}),
        agoMs: fc.integer({min: 0, max: 100 * day}),
      }),
      {maxLength: 8},
    )
    .map(all => all.map(({state, agoMs, ...rest}, i) => record(i + 1, state, {...rest, servedAt: at - agoMs})));

  const shared = fc.uniqueArray(fc.integer({min: 1, max: 12}), {maxLength: 6});

  test('pinned versions stay but one; what is left names what is left; the bytes told are the bytes freed', () => {
    fc.assert(
      fc.property(records, fc.integer({min: 1, max: 12}), fc.nat({max: 8}), shared, (all, chunks, session, spared) => {
        const before = held(...all);
        const situation = {...none, sessions: new Set([digestOf(100 + session)])};
        const pins = pinsOf(before, situation);
        const evictions = evictionsFor(before, situation, need(chunks, 'digits', spared));
        const gone = new Set(evictions.map(({digest}) => digest));
        const pinned = [...gone].filter(digest => pins.has(digest)).map(digest => pins.get(digest));
        expect(pinned.every(pin => pin === 'previous') && pinned.length <= 1).toBe(true);
        const after = held(...all.filter(({digest}) => !gone.has(digest)));
        const isKept = (sha256: string) =>
          after.sizes.has(sha256) || chunksNamed(spared).some(one => one.sha256 === sha256);
        const freed = [...before.sizes.keys()].filter(sha256 => !isKept(sha256)).length * chunkBytes;
        expect(evictions.reduce((sum, {bytes}) => sum + bytes, 0)).toBe(freed);
        expect(evictions.length === 0 || freed >= chunks * chunkBytes).toBe(true);
      }),
      {numRuns: 500},
    );
  });
});

describe('without need', () => {
  test('what a newer version replaced goes, and what nobody went on with for a week', () => {
    const all = held(
      record(1, 'active'),
      record(2, 'retired', {servedAt: at - 1}),
      record(3, 'retired', {servedAt: at - 2}),
      record(4, 'downloading', {servedAt: at - 6 * day}),
      record(5, 'downloading', {servedAt: at - 8 * day}),
      record(6, 'failed', {servedAt: at - 8 * day}),
      record(7, 'failed', {servedAt: at - 1}),
      record(8, 'tested', {servedAt: at - 8 * day}),
    );
    expect(leftovers(all, none).map(({version, reason}) => `${version} ${reason}`)).toEqual([
      '1.0.5 given_up',
      '1.0.6 given_up',
      '1.0.8 given_up',
      '1.0.3 replaced',
    ]);
  });

  test('a clock that was set back keeps nothing for ever', () => {
    expect(versions(leftovers(held(record(1, 'downloading', {servedAt: at + 3650 * day})), none))).toEqual(['1.0.1']);
  });

  test('a catalog holds at most 256 versions that may go', () => {
    const all = held(...Array.from({length: 300}, (_, i) => record(i + 1, 'failed', {servedAt: at - i})));
    const evictions = leftovers(all, none);
    expect([evictions.length, evictions[0]!.version]).toEqual([44, '1.0.300']);
  });
});

test('a revoked version goes also where it serves, but not from under its installer', () => {
  const all = held(record(1, 'active'), record(2, 'downloading'), record(3, 'active', {model: 'other'}));
  expect(versions(revocations(all, at, ({manifest}) => manifest.model === 'digits'))).toEqual(['1.0.1']);
});

test('patches are named until a version is whole, runtime files as long as it is there', () => {
  const patches = [{artifact: 'm', base: digestOf(98), sha256: digestOf(97), bytes: 3, chunks: chunksNamed([5])}];
  const runtime = {package: 'p', version: '1.0.0', files: [artifactOf('m.wasm', [6])]};
  const manifest = testManifest('1.0.0', [1], {patches, runtime});
  const named = (state: VersionState) =>
    namedBy({...record(1, state), manifest}).map(({sha256}) => Number.parseInt(sha256, 16));
  expect([named('downloading'), named('active')]).toEqual([
    [1, 6, 5],
    [1, 6],
  ]);
});
