import {KedgeError, type Release} from '@kedge/core';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {DyingStore} from '../../testing/dying-store.js';
import type {Served} from '../../testing/file-server.js';
import {installsOn, noise, Shelf, type Shelved} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import type {Progress} from '../api.js';
import type {Change, RecordStep, Store, StoredChunk} from '../store/store.js';

const chunkBytes = 64 * 1024;
const length = 6 * chunkBytes;
const wait = {signal: new AbortController().signal, onProgress: () => {}};
const {current, expectWhole, storedBytes} = useStore();

async function shelved(served?: Served): Promise<{shelf: Shelf; version: Shelved}> {
  const shelf = new Shelf();
  return {shelf, version: await shelf.shelve(noise(length), {chunkBytes, ...(served && {served})})};
}

/** A store whose catalog answers late, or not at all. */
class SlowCatalog extends DyingStore {
  readonly order: string[] = [];
  #answer!: (error?: Error) => void;
  readonly #answered = new Promise<Error | undefined>(resolve => (this.#answer = resolve));

  override async changeRecords(digests: readonly string[], change: Change) {
    this.order.push('record');
    const error = await this.#answered;
    if (error) throw error;
    return super.changeRecords(digests, change);
  }

  override async putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    this.order.push('chunks');
    return super.putChunks(chunks, step);
  }

  answer(error?: Error): void {
    this.#answer(error);
  }
}

const hasAsked = (shelf: Shelf, {blob}: Shelved) => expect.poll(() => shelf.asked(blob)).toHaveLength(1);
const settled = () => new Promise(resolve => setTimeout(resolve, 300));

describe('while the catalog is being written', () => {
  test('what fits for sure is on its way, and nothing of it is stored', async () => {
    const {shelf, version} = await shelved();
    const store = new SlowCatalog(current());
    const installing = installsOn(store, [shelf]).install(version.digest, wait);
    await hasAsked(shelf, version);
    await settled();
    expect([store.order, await storedBytes()]).toEqual([['record'], 0]);
    store.answer();
    await installing;
    await expectWhole(version);
    expect(await shelf.asked(version.blob)).toHaveLength(1);
  });

  test.each([
    ['has too little room', {quota: length * 1.05, usage: 0}],
    ['does not say how much room there is', {}],
  ])('nothing is asked for where the browser %s', async (_, estimate) => {
    vi.spyOn(navigator.storage, 'estimate').mockResolvedValue(estimate);
    const {shelf, version} = await shelved();
    const store = new SlowCatalog(current());
    const installing = installsOn(store, [shelf]).install(version.digest, wait);
    await expect.poll(() => store.order).toEqual(['record']);
    await settled();
    expect(await shelf.asked(version.blob)).toEqual([]);
    store.answer();
    await installing;
    expect(await shelf.asked(version.blob)).toHaveLength(1);
  });

  test('a disk that then refuses it costs no byte twice: all goes to memory', async () => {
    const {shelf, version} = await shelved();
    const store = new SlowCatalog(current());
    const installs = installsOn(store, [shelf]);
    const installing = installs.install(version.digest, wait);
    await hasAsked(shelf, version);
    store.answer(new KedgeError('storage_full', 'the quota is spent'));
    const {problems, downloadedBytes} = await installing;
    expect([problems.map(({code}) => code), downloadedBytes]).toEqual([['storage_full'], length]);
    const all: Store = (await installs.stores).all;
    expect([all.kind, (await all.getRecord(version.digest))?.state]).toEqual(['memory', 'verified']);
    expect((await all.hasChunks(version.blob.chunks.map(({sha256}) => sha256))).size).toBe(6);
    expect([await storedBytes(), (await shelf.asked(version.blob)).length]).toEqual([0, 1]);
  });

  test('an abort ends the download, and gives the locks back', async () => {
    const {shelf, version} = await shelved({dripMs: 500});
    const store = new SlowCatalog(current());
    const controller = new AbortController();
    const installing = installsOn(store, [shelf]).install(version.digest, {...wait, signal: controller.signal});
    await hasAsked(shelf, version);
    controller.abort('enough');
    store.answer();
    await expect(installing).rejects.toBe('enough');
    const {held = []} = await navigator.locks.query();
    // What went to memory, here or in another test, keeps one until it is started.
    const own = held.filter(({name}) => name!.startsWith('kedge:') && !name!.endsWith(':reading'));
    expect(own).toEqual([]);
  });
});

describe('on a device on which nothing is stored', () => {
  const releaseOf = (...versions: Shelved[]) => {
    const model = ({digest, manifest: {version}}: Shelved) => {
      return {champion: version, versions: {[version]: {manifest: digest, bytes: 1}}, revoked: [], enabled: true};
    };
    return {models: Object.fromEntries(versions.map((each, i) => [`m${i}`, model(each)]))} as unknown as Release;
  };
  const manifests = async (shelf: Shelf) => (await shelf.all()).filter(({path}) => path.includes('/manifests/'));

  const hasAskedManifest = (shelf: Shelf) => expect.poll(() => manifests(shelf)).toHaveLength(1);

  /** A release of one model is here, whose manifest is asked for. */
  async function foreseen(shelf: Shelf, version: Shelved) {
    const installs = installsOn(current(), [shelf]);
    installs.prepare();
    installs.prepare(releaseOf(version));
    await hasAskedManifest(shelf);
    return installs;
  }

  test('the only model of a release has its manifest fetched with it, once', async () => {
    const {shelf, version} = await shelved();
    const {prepare, install} = await foreseen(shelf, version);
    await install(version.digest, wait);
    await expectWhole(version);
    prepare(releaseOf(version));
    await settled();
    expect(await manifests(shelf)).toHaveLength(1);
  });

  test('what another tab has brought between the two is not fetched again', async () => {
    const {shelf, version} = await shelved();
    const {install} = await foreseen(shelf, version);
    await settled();
    await installsOn(current(), [shelf]).install(version.digest, wait);
    expect(await install(version.digest, wait)).toMatchObject({digest: version.digest, downloadedBytes: 0});
    expect(await shelf.asked(version.blob)).toHaveLength(1);
    expect((await current().getRecord(version.digest))?.state).toBe('verified');
  });

  test('and what another tab brings now is waited for', async () => {
    const {shelf, version} = await shelved({dripMs: 100});
    const {install} = await foreseen(shelf, version);
    await settled();
    const others = installsOn(current(), [shelf]).install(version.digest, wait);
    await expect.poll(() => storedBytes()).toBeGreaterThan(0);
    const states = new Set<string>();
    const told = {...wait, onProgress: ({state}: Progress) => void states.add(state)};
    expect(await install(version.digest, told)).toMatchObject({downloadedBytes: 0});
    await others;
    expect(states).toContain('waiting');
    expect(await shelf.asked(version.blob)).toHaveLength(1);
  });

  test('a try that fails is the first of several', async () => {
    const {shelf, version} = await shelved();
    await shelf.putManifest(version, {status: 503, times: 1});
    const {install} = await foreseen(shelf, version);
    await install(version.digest, wait);
    await expectWhole(version);
    expect(await manifests(shelf)).toHaveLength(2);
  });

  test('an abort ends a try that nobody answers', async () => {
    const {shelf, version} = await shelved();
    await shelf.putManifest(version, {silent: true});
    const {install} = await foreseen(shelf, version);
    const controller = new AbortController();
    const installing = install(version.digest, {...wait, signal: controller.signal});
    setTimeout(() => controller.abort('enough'), 100);
    await expect(installing).rejects.toBe('enough');
  });

  test('where there are no Web Locks it is installed as well', async () => {
    Object.defineProperty(navigator, 'locks', {value: undefined, configurable: true});
    onTestFinished(() => void delete (navigator as {locks?: unknown}).locks);
    const {shelf, version} = await shelved();
    const {install} = await foreseen(shelf, version);
    await settled();
    await install(version.digest, wait);
    await expectWhole(version);
    expect(await manifests(shelf)).toHaveLength(1);
  });

  test('of several models none is fetched unasked', async () => {
    const {shelf, version} = await shelved();
    const {prepare} = installsOn(current(), [shelf]);
    prepare();
    prepare(releaseOf(version, version));
    await settled();
    expect(await manifests(shelf)).toEqual([]);
  });

  test('nor where a release was stored', async () => {
    const {shelf, version} = await shelved();
    installsOn(current(), [shelf]).prepare(releaseOf(version));
    await settled();
    expect(await manifests(shelf)).toEqual([]);
  });
});
