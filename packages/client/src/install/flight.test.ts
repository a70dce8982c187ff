import {describe, expect, test} from 'vitest';
import type {Served} from '../../testing/file-server.js';
import {noise, Shelf, type Shelved, spansOf} from '../../testing/shelf.js';
import {Tab} from '../../testing/tab.js';
import {useStore} from '../../testing/use-store.js';

const chunkBytes = 64 * 1024;
const length = 12 * chunkBytes;
const {database, expectWhole, storedBytes} = useStore();

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
