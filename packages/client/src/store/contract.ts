import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {CatalogRecord, Store} from './store.js';

const digestOf = (n: number) => n.toString(16).padStart(64, '0');
const chunk = (n: number, length = 3) => ({sha256: digestOf(n), data: new Uint8Array(length).fill(n)});

function record(n: number, chunks: readonly number[], version = `1.0.${n}`): CatalogRecord {
  const artifacts = [
    {
      path: 'm',
      sha256: digestOf(99),
      bytes: 3 * chunks.length,
      chunks: chunks.map(i => ({sha256: digestOf(i), bytes: 3})),
    },
  ];
  const manifest = {model: 'digits', version, artifacts} as unknown as Manifest;
  return {digest: digestOf(100 + n), manifest, state: 'verified', installedAt: 1, lastServedAt: null};
}

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

  test('knows which of the chunks it has', async () => {
    await store.putChunks([chunk(1), chunk(2)]);
    expect(await store.hasChunks([digestOf(2), digestOf(3)])).toEqual(new Set([digestOf(2)]));
  });

  test('a chunk cut from a larger buffer is stored alone', async () => {
    const buffer = new Uint8Array(1000).fill(7);
    await store.putChunks([{sha256: digestOf(5), data: buffer.subarray(10, 13)}]);
    expect((await store.getChunk(digestOf(5)))?.buffer.byteLength === 3 || store.kind === 'memory').toBe(true);
    expect(await store.chunkBytes()).toBe(3);
  });

  test('a record comes back, and changing the returned one changes nothing', async () => {
    await store.putRecord(record(1, [1]));
    const got = await store.getRecord(digestOf(101));
    got!.state = 'retired';
    expect((await store.getRecord(digestOf(101)))?.state).toBe('verified');
    expect(await store.records()).toHaveLength(1);
  });

  test('removing a version keeps the chunks that another one names', async () => {
    await store.putChunks([chunk(1), chunk(2), chunk(3)]);
    await store.putRecord(record(1, [1, 2]));
    await store.putRecord(record(2, [2, 3]));
    await store.removeRecords([digestOf(101), digestOf(555)]);
    expect(await store.hasChunks([1, 2, 3].map(digestOf))).toEqual(new Set([digestOf(2), digestOf(3)]));
    expect(await store.getRecord(digestOf(101))).toBeUndefined();
  });

  test('a setting comes back, and is undefined before', async () => {
    expect(await store.getSetting('a')).toBeUndefined();
    await store.putSetting('a', {deep: [1, 2]});
    expect(await store.getSetting('a')).toEqual({deep: [1, 2]});
  });

  test('clear leaves nothing', async () => {
    await store.putChunks([chunk(1)]);
    await store.putRecord(record(1, [1]));
    await store.putSetting('a', 1);
    await store.clear();
    expect([await store.chunkBytes(), await store.records(), await store.getSetting('a')]).toEqual([0, [], undefined]);
  });

  test('close is safe twice', () => {
    store.close();
    store.close();
  });
}
