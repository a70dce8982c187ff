import {describe, expect, test} from 'vitest';
import type {Served} from '../../testing/file-server.js';
import {installsOn, noise, Shelf, type Shelved, spansOf} from '../../testing/shelf.js';
import {Tab} from '../../testing/tab.js';
import {useStore} from '../../testing/use-store.js';
import {ifFree} from './flight.js';

const chunkBytes = 64 * 1024;
const length = 12 * chunkBytes;
const {current, database, expectWhole, storedBytes} = useStore();

async function shelved(served: Served): Promise<{shelf: Shelf; version: Shelved}> {
  const shelf = new Shelf();
  return {shelf, version: await shelf.shelve(noise(length), {chunkBytes, served})};
}

const hasSome = () => expect.poll(() => storedBytes()).toBeGreaterThan(0);

/** Of every request where it began, in chunks; one that resumes begins where the store ended. */
const starts = async (shelf: Shelf, version: Shelved) =>
  spansOf(await shelf.asked(version.blob), length).map(([start]) => start / chunkBytes);

describe.each([
  ['with Web Locks', ''],
  ['with a lease in the store, where there are no Web Locks', 'locks'],
])('%s', (_, without) => {
  test('ten tabs opened at once download each byte once, and all are told how far it is', async () => {
    const {shelf, version} = await shelved({dripMs: 100});
    const tabs = Array.from({length: 10}, () => new Tab(without));
    const downloaded = await Promise.all(tabs.map(tab => tab.install(database(), version, shelf)));
    expect(downloaded.toSorted((a, b) => b - a)).toEqual([length, ...Array.from({length: 9}, () => 0)]);
    expect(await starts(shelf, version)).toEqual([0]);
    const [leader] = tabs.filter((_, i) => downloaded[i] === length);
    expect(leader!.states).toEqual(['downloading']);
    const followers = tabs.filter(tab => tab !== leader && tab.told.length > 0);
    for (const tab of followers) expect(tab.states[0]).toBe('other_tab');
    expect(followers.filter(tab => tab.states.join(' ') === 'other_tab downloading').length).toBeGreaterThan(0);
    await expectWhole(version);
  });

  test('when the tab that downloads is killed, another one goes on with what is missing', async () => {
    const {shelf, version} = await shelved({dripMs: 150});
    const [leader, follower] = [new Tab(without), new Tab(without)];
    leader.install(database(), version, shelf).catch(() => {});
    await hasSome();
    const rest = follower.install(database(), version, shelf);
    await expect.poll(() => follower.told.at(-1)?.state).toBe('downloading');
    leader.kill();
    const downloadedBytes = await rest;
    const [first, second] = await starts(shelf, version);
    expect([first, (length - downloadedBytes) / chunkBytes]).toEqual([0, second]);
    expect(second).toBeGreaterThan(0);
    await expectWhole(version);
  });

  test('what the registry fails one tab with is the answer of all that wait for it, and one that comes later asks anew', async () => {
    const {shelf, version} = await shelved({silent: true});
    const tabs = Array.from({length: 4}, () => new Tab(without));
    const install = (tab: Tab) => tab.install(database(), version, shelf, 500).catch((error: unknown) => error);
    const answers = await Promise.all(tabs.map(install));
    for (const answer of answers) expect(answer).toMatchObject({message: expect.stringContaining('nothing came')});
    expect(await shelf.asked(version.blob)).toHaveLength(4);
    await install(tabs[0]!);
    expect(await shelf.asked(version.blob)).toHaveLength(8);
  });

  test('when the tab that downloads gives up, another one goes on', async () => {
    const {shelf, version} = await shelved({dripMs: 150});
    const [leader, follower] = [new Tab(without), new Tab(without)];
    const led = leader.install(database(), version, shelf).catch((error: unknown) => error);
    await hasSome();
    const rest = follower.install(database(), version, shelf);
    await expect.poll(() => follower.told.at(-1)?.state).toBe('downloading');
    leader.abort();
    expect(await led).toBe('enough');
    expect(await rest).toBeGreaterThan(0);
    await expectWhole(version);
  });

  test('a tab that waits and gives up leaves the other one alone', async () => {
    const {shelf, version} = await shelved({dripMs: 100});
    const [leader, follower] = [new Tab(without), new Tab(without)];
    const led = leader.install(database(), version, shelf);
    await hasSome();
    const waited = follower.install(database(), version, shelf).catch((error: unknown) => error);
    await expect.poll(() => follower.states[0]).toBe('other_tab');
    follower.abort();
    expect(await waited).toBe('enough');
    expect(await led).toBe(length);
    await expectWhole(version);
  });
});

test('a tab killed again and again fetches nothing twice that was stored', async () => {
  const {shelf, version} = await shelved({dripMs: 60});
  const storedBefore = [0];
  for (let seed = 0; seed < 4; seed++) {
    const tab = new Tab();
    tab.install(database(), version, shelf).catch(() => {});
    await expect.poll(() => storedBytes()).toBeGreaterThan(storedBefore.at(-1)! + seed * 7001);
    tab.kill();
    // What was on its way to the disk may still arrive.
    await new Promise(resolve => setTimeout(resolve, 500));
    storedBefore.push(await storedBytes());
  }
  await new Tab().install(database(), version, shelf);
  await expectWhole(version);
  expect(await starts(shelf, version)).toEqual(storedBefore.map(bytes => bytes / chunkBytes));
});

test('without locks and without a disk tabs just download', async () => {
  const {shelf, version} = await shelved({dripMs: 20});
  const tabs = [new Tab('locks disk'), new Tab('locks disk')];
  const downloaded = await Promise.all(tabs.map(tab => tab.install(database(), version, shelf)));
  expect(downloaded).toEqual([length, length]);
});

describe('versions that share a blob', () => {
  const headLength = 2 * chunkBytes;

  /** Two models with one file in common, and one of their own each. */
  async function sharing(served: Served) {
    const {shelf, version: shared} = await shelved(served);
    const withHead = async (model: string, seed: number) => {
      const head = await shelf.shelve(noise(headLength, seed), {chunkBytes});
      const artifacts = [...head.manifest.artifacts, {path: 'encoder.bin', ...shared.blob}];
      const listed = await shelf.list({...head.manifest, model, artifacts});
      return {...listed, blob: shared.blob, bytes: shared.bytes};
    };
    return {shelf, shared, versions: [await withHead('one', 11), await withHead('two', 12)] as const};
  }

  const total = length + headLength;

  describe.each([
    ['with Web Locks', ''],
    ['with a lease in the store', 'locks'],
  ])('%s', (_, without) => {
    test('fetch it once, asked for at once in two tabs, and the one that waits says so', async () => {
      const {shelf, shared, versions} = await sharing({dripMs: 50});
      const tabs = versions.map(() => new Tab(without));
      const downloaded = await Promise.all(tabs.map((tab, i) => tab.install(database(), versions[i]!, shelf)));
      expect(downloaded.toSorted((a, b) => a - b)).toEqual([headLength, total]);
      expect(await starts(shelf, shared)).toEqual([0]);
      expect(tabs[downloaded.indexOf(headLength)]!.states).toContain('other_tab');
      for (const version of versions) await expectWhole(version);
    });

    test('when the tab that fetches it is killed, the other one fetches what is missing', async () => {
      const {shelf, shared, versions} = await sharing({dripMs: 150});
      const [leader, follower] = [new Tab(without), new Tab(without)];
      leader.install(database(), versions[0], shelf).catch(() => {});
      await expect.poll(() => storedBytes()).toBeGreaterThan(headLength);
      const rest = follower.install(database(), versions[1], shelf);
      await expect.poll(() => follower.states).toContain('other_tab');
      leader.kill();
      const downloadedBytes = await rest;
      const [first, second] = await starts(shelf, shared);
      expect([first, (total - downloadedBytes) / chunkBytes]).toEqual([0, second]);
      expect(second).toBeGreaterThan(0);
      await expectWhole(versions[1]);
    });

    test('one that waits for it and gives up does so at once, and leaves the other one alone', async () => {
      const {shelf, shared, versions} = await sharing({dripMs: 100});
      const [leader, follower] = [new Tab(without), new Tab(without)];
      const led = leader.install(database(), versions[0], shelf);
      await hasSome();
      const waited = follower.install(database(), versions[1], shelf).catch((error: unknown) => error);
      await expect.poll(() => follower.states).toContain('other_tab');
      const at = performance.now();
      follower.abort();
      expect(await waited).toBe('enough');
      expect(performance.now() - at).toBeLessThan(100);
      expect(await led).toBe(total);
      expect(await starts(shelf, shared)).toEqual([0]);
    });
  });

  test('fetch it once, asked for at once by one page, and one aborted leaves the rest to the other', async () => {
    const {shelf, shared, versions} = await sharing({dripMs: 100});
    const {install} = installsOn(current(), [shelf]);
    const stop = new AbortController();
    const wait = {onProgress: () => {}, signal: new AbortController().signal};
    const aborted = install(versions[0].digest, {...wait, signal: stop.signal}).catch((error: unknown) => error);
    await expect.poll(() => storedBytes()).toBeGreaterThan(headLength);
    const other = install(versions[1].digest, wait);
    stop.abort('enough');
    expect(await aborted).toBe('enough');
    const {downloadedBytes} = await other;
    const [first, second] = await starts(shelf, shared);
    expect([first, (total - downloadedBytes) / chunkBytes]).toEqual([0, second]);
    await expectWhole(versions[1]);
    await install(versions[0].digest, wait);
    expect(await starts(shelf, shared)).toHaveLength(2);
  });

  test('and name one blob twice are installed', async () => {
    const {shelf, shared} = await sharing({});
    const artifacts = [...shared.manifest.artifacts, {path: 'again.bin', ...shared.blob}];
    const {digest} = await shelf.list({...shared.manifest, artifacts});
    const {install} = installsOn(current(), [shelf]);
    const {downloadedBytes} = await install(digest, {onProgress: () => {}, signal: new AbortController().signal});
    expect(downloadedBytes).toBe(length);
  });
});

describe('names that are asked for at once', () => {
  const heldNow = async () =>
    (await navigator.locks.query()).held!.map(({name}) => name).filter(name => /^free:/.test(name!));
  const names = ['free:a', 'free:b', 'free:c'];

  test('are held while the work goes on, where nobody holds any of them', async () => {
    const held = await ifFree(names, async held => [held, (await heldNow()).toSorted()]);
    expect(held).toEqual([names, names]);
    await expect.poll(heldNow).toEqual([]);
  });

  test('are given back at once, all of them, where somebody holds one, and nothing is waited for', async () => {
    await navigator.locks.request('free:b', async () => {
      const held = await ifFree(names, async held => {
        await expect.poll(heldNow).toEqual(['free:b']);
        return held;
      });
      expect(held).toEqual([]);
    });
  });

  test('are given back where the work fails', async () => {
    const failing = ifFree(names, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await expect.poll(heldNow).toEqual([]);
  });
});
