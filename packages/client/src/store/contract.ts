import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {artifactOf, chunkBytes, chunksNamed, digestOf, testManifest} from '../../testing/manifest.js';
import {bytesOf} from './bytes.js';
import {type Eviction, evictionsKey} from './evictions.js';
import {goldenKey} from './golden.js';
import type {CatalogRecord, VersionState} from './record.js';
import type {Held, Store} from './store.js';

const chunk = (n: number, length = chunkBytes) => ({sha256: digestOf(n), data: new Uint8Array(length).fill(n)});

/** @param more chunks of a patch and of a runtime file */
function record(
  n: number,
  chunks: readonly number[],
  {state = 'verified', more}: {state?: VersionState; more?: {patch: number; file: number}} = {},
): CatalogRecord {
  const patch = (n: number) => ({artifact: 'm', base: digestOf(98), sha256: digestOf(97), chunks: chunksNamed([n])});
  const change: Partial<Manifest> = more
    ? {
        patches: [{...patch(more.patch), bytes: chunkBytes}],
        runtime: {package: 'p', version: '1.0.0', files: [artifactOf('m.wasm', [more.file])]},
      }
    : {};
  const times = {installedAt: 1, changedAt: 1, verifiedAt: 1, lastServedAt: null};
  return {
    digest: digestOf(100 + n),
    manifest: testManifest(`1.0.${n}`, chunks, change),
    state,
    code: null,
    ...times,
  };
}

const put = (store: Store, ...records: CatalogRecord[]) =>
  store.changeRecords(
    records.map(({digest}) => digest),
    (_, digest) => records.find(record => record.digest === digest),
  );

const bytesIn = async (store: Store) => [...(await store.held()).sizes.values()].reduce((sum, bytes) => sum + bytes, 0);

const eviction = (n: number): Eviction => {
  return {model: 'digits', version: `1.0.${n}`, digest: digestOf(100 + n), bytes: 3, at: n, reason: 'quota'};
};

const remove =
  (...numbers: number[]) =>
  () =>
    numbers.map(eviction);

/** What every store must do. */
export function storeContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  test('a chunk comes back as it was put', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    expect(await store.getChunk(digestOf(1))).toEqual(Uint8Array.of(1, 1, 1));
    expect(await store.getChunk(digestOf(3))).toBeUndefined();
  });

  test('chunks come back in the order in which they are asked for, and those that are not there too', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    const found = await store.getChunks([2, 3, 1].map(digestOf));
    expect(await Promise.all(found.map(part => bytesOf(part as Uint8Array<ArrayBuffer>)))).toEqual([
      Uint8Array.of(2, 2, 2),
      undefined,
      Uint8Array.of(1, 1, 1),
    ]);
    expect(await store.getChunks([])).toEqual([]);
  });

  test('knows which of the chunks it has', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    expect(await store.hasChunks([digestOf(2), digestOf(3)])).toEqual(new Set([digestOf(2)]));
  });

  test('a chunk cut from a larger buffer is stored alone', async () => {
    const buffer = new Uint8Array(1000).fill(7);
    await store.putChunks([{sha256: digestOf(5), data: buffer.subarray(10, 13)}]);
    buffer.fill(8);
    const stored = (await store.getChunk(digestOf(5)))!;
    expect([stored, stored.buffer.byteLength]).toEqual([Uint8Array.of(7, 7, 7), 3]);
    expect(await bytesIn(store)).toBe(3);
  });

  test('chunks can be dropped, whoever names them', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    await put(store, record(1, [1, 2]));
    await store.dropChunks([digestOf(1), digestOf(9)]);
    expect(await store.hasChunks([1, 2].map(digestOf))).toEqual(new Set([digestOf(2)]));
    expect([await store.getChunk(digestOf(1)), await bytesIn(store)]).toEqual([undefined, chunkBytes]);
  });

  test('a record comes back, and changing the returned one changes nothing', async () => {
    await put(store, record(1, [1]));
    const got = await store.getRecord(digestOf(101));
    got!.state = 'retired';
    expect((await store.getRecord(digestOf(101)))?.state).toBe('verified');
    expect(await store.records()).toHaveLength(1);
  });

  test('records are changed together, from what they are, or not at all', async () => {
    await put(store, record(1, [1]));
    const change = store.changeRecords([digestOf(101), digestOf(102)], (known, digest) => {
      if (digest === digestOf(102)) throw new TypeError('no step leads there');
      return {...known!, state: 'retired'};
    });
    await expect(change).rejects.toThrow('no step leads there');
    expect((await store.getRecord(digestOf(101)))?.state).toBe('verified');
    await store.changeRecords([digestOf(101), digestOf(102)], known => known && {...known, state: 'tested'});
    expect((await store.records()).map(({digest, state}) => [digest, state])).toEqual([[digestOf(101), 'tested']]);
  });

  describe('a step that needs chunks', () => {
    const verify = (n = 1) => ({
      digest: digestOf(100 + n),
      chunks: [1, 2].map(digestOf),
      change: (known: CatalogRecord | undefined) => known && {...known, state: 'verified' as const},
    });
    const state = async () => (await store.getRecord(digestOf(101)))?.state;
    beforeEach(() => put(store, record(1, [1, 2], {state: 'downloading'})));

    test('is taken with the last of them', async () => {
      expect(await store.putChunks([chunk(1)], verify())).toBe(false);
      expect(await state()).toBe('downloading');
      expect(await store.putChunks([chunk(2)], verify())).toBe(true);
      expect([await state(), await store.hasChunks([1, 2].map(digestOf))]).toEqual([
        'verified',
        new Set([1, 2].map(digestOf)),
      ]);
    });

    test('is taken without a chunk where all are there already', async () => {
      expect(await store.putChunks([], verify())).toBe(false);
      expect(await store.putChunks([chunk(1), chunk(2)])).toBe(false);
      expect([await store.putChunks([], verify()), await state()]).toEqual([true, 'verified']);
    });

    test('is not taken where the record is gone, and the chunks are stored', async () => {
      expect(await store.putChunks([chunk(1), chunk(2)], verify(2))).toBe(false);
      expect([await state(), await bytesIn(store)]).toEqual(['downloading', 2 * chunkBytes]);
    });

    test('that throws changes no record', async () => {
      const step = {
        ...verify(),
        change: () => {
          throw new TypeError('no step leads there');
        },
      };
      await expect(store.putChunks([chunk(1), chunk(2)], step)).rejects.toThrow('no step leads there');
      expect(await state()).toBe('downloading');
    });
  });

  test('a sweep keeps the chunks that another version names', async () => {
    await store.putChunks([chunk(1), chunk(2), chunk(3)]);
    await put(store, record(1, [1, 2]), record(2, [2, 3]));
    expect(await store.sweep(remove(1, 5))).toHaveLength(2);
    expect(await store.hasChunks([1, 2, 3].map(digestOf))).toEqual(new Set([digestOf(2), digestOf(3)]));
    expect(await store.getRecord(digestOf(101))).toBeUndefined();
    expect(await bytesIn(store)).toBe(6);
  });

  test('a sweep without a version to remove takes what nobody names', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    await put(store, record(1, [1]));
    await store.sweep(remove());
    expect(await store.hasChunks([1, 2].map(digestOf))).toEqual(new Set([digestOf(1)]));
  });

  test('a sweep spares what is named by nobody yet', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    await store.sweep(remove(), [chunk(2)]);
    expect([await store.getChunk(digestOf(1)), await bytesIn(store)]).toEqual([undefined, chunkBytes]);
  });

  test('a sweep forgets the golden tests of versions that are gone', async () => {
    await put(store, record(1, [1]), record(2, [1]));
    const keys = [1, 2, 3].map(n => goldenKey(digestOf(100 + n), 'onnx 1.0.0|wasm|browser'));
    for (const key of [...keys, 'other']) await store.putSetting(key, true);
    await store.sweep(remove(1));
    expect(await Promise.all([...keys, 'other'].map(key => store.getSetting(key)))).toEqual([
      undefined,
      true,
      undefined,
      true,
    ]);
  });

  test('a sweep is asked with all that is held', async () => {
    await store.putChunks([chunk(1), chunk(2, 5)]);
    await put(store, record(1, [1]));
    const all = await store.held();
    let seen: Held | undefined;
    await store.sweep(held => {
      seen = seen ?? {records: [...held.records], sizes: new Map(held.sizes)};
      return [];
    });
    expect(seen).toEqual(all);
    expect(seen?.records.map(({digest}) => digest)).toEqual([digestOf(101)]);
    expect([...seen!.sizes].sort()).toEqual([
      [digestOf(1), 3],
      [digestOf(2), 5],
    ]);
  });

  test('runtime files stay with their version, patches until it is complete', async () => {
    await store.putChunks([chunk(1), chunk(2), chunk(3)]);
    await put(store, record(1, [1], {state: 'downloading', more: {patch: 2, file: 3}}));
    await store.sweep(remove());
    expect(await store.hasChunks([1, 2, 3].map(digestOf))).toEqual(new Set([1, 2, 3].map(digestOf)));
    await put(store, record(1, [1], {state: 'verified', more: {patch: 2, file: 3}}));
    await store.sweep(remove());
    expect(await store.hasChunks([1, 2, 3].map(digestOf))).toEqual(new Set([1, 3].map(digestOf)));
  });

  test('a sweep writes down what it removed, and keeps the newest fifty', async () => {
    for (let n = 0; n < 60; n += 20) await store.sweep(remove(...Array.from({length: 20}, (_, i) => n + i)));
    const log = (await store.getSetting(evictionsKey)) as Eviction[];
    expect(log.map(({at}) => at)).toEqual(Array.from({length: 50}, (_, i) => 10 + i));
    expect(log.at(-1)).toEqual(eviction(59));
  });

  test('a setting comes back, and is undefined before', async () => {
    expect(await store.getSetting('a')).toBeUndefined();
    await store.putSetting('a', {deep: [1, 2]});
    expect(await store.getSetting('a')).toEqual({deep: [1, 2]});
  });

  test('a setting may be kept under several keys', async () => {
    await store.putSetting(['a', 'b'], 1);
    expect([await store.getSetting('a'), await store.getSetting('b')]).toEqual([1, 1]);
  });

  test('changes of one setting at once lose none, and undefined removes it', async () => {
    const add = (value: unknown) => ((value as number | undefined) ?? 0) + 1;
    await Promise.all(Array.from({length: 20}, () => store.changeSetting('n', add)));
    expect(await store.getSetting('n')).toBe(20);
    await store.changeSetting('n', () => undefined);
    expect(await store.getSetting('n')).toBeUndefined();
  });

  test('clear leaves nothing', async () => {
    await store.putChunks([chunk(1)]);
    await put(store, record(1, [1]));
    await store.putSetting('a', 1);
    await store.clear();
    expect([await bytesIn(store), await store.records(), await store.getSetting('a')]).toEqual([0, [], undefined]);
  });

  test('close is safe twice', () => {
    store.close();
    store.close();
  });
}
