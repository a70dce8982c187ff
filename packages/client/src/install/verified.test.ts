import {KedgeError} from '@kedge/core';
import {expect, test} from 'vitest';
import {DyingStore} from '../../testing/dying-store.js';
import {installsOn, noise, Shelf} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import type {RecordStep, StoredChunk} from '../store/store.js';

const chunkBytes = 64 * 1024;
const length = chunkBytes;
const wait = {signal: new AbortController().signal, onProgress: () => {}};
const {current, expectWhole, storedBytes} = useStore();

/** Stores no chunk before it is let, or refuses them. */
class SlowDisk extends DyingStore {
  #let!: (error?: Error) => void;
  readonly #isLet = new Promise<Error | undefined>(resolve => (this.#let = resolve));

  override async putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    const error = await this.#isLet;
    if (error) throw error;
    return super.putChunks(chunks, step);
  }

  let(error?: Error): void {
    this.#let(error);
  }
}

async function asked() {
  const shelf = new Shelf();
  const version = await shelf.shelve(noise(length), {chunkBytes});
  const disk = new SlowDisk(current());
  const installs = installsOn(disk, [shelf]);
  return {version, disk, installs, answer: await installs.ask(version.digest, wait)};
}

test('a version is told of when all of it is verified, while it is being stored', async () => {
  const {version, disk, installs, answer} = await asked();
  expect(answer).toMatchObject({digest: version.digest, downloadedBytes: length, problems: []});
  expect([await storedBytes(), (await current().getRecord(version.digest))?.state]).toEqual([0, 'downloading']);
  const stored = installs.stored(version.digest);
  disk.let();
  expect(await stored).toMatchObject({digest: version.digest, problems: []});
  await expectWhole(version);
  expect((await current().getRecord(version.digest))?.state).toBe('verified');
  expect(installs.stored(version.digest)).toBeUndefined();
});

test('what the disk then refuses is in memory, and whoever starts it is told why', async () => {
  const {version, disk, installs, answer} = await asked();
  expect(answer.problems).toEqual([]);
  disk.let(new KedgeError('storage_full', 'the quota is spent'));
  expect((await installs.stored(version.digest))?.problems).toMatchObject([{code: 'storage_full'}]);
  const {all} = await installs.stores;
  expect([all.kind, (await all.getRecord(version.digest))?.state]).toEqual(['memory', 'verified']);
  expect(await storedBytes()).toBe(0);
});
