import {expect, test} from 'vitest';
import {installsWithin, noise, Shelf, type ShelveOptions} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import {installName} from '../names.js';
import {hold} from '../store/lock.js';
import {begin, fail} from '../store/steps.js';

const MiB = 2 ** 20;
const live = new AbortController().signal;
const quiet = {signal: live, onProgress: () => {}};
const {current, storedBytes} = useStore();

/** Versions of so many MiB, none of which shares a byte with another. */
function shelves() {
  const shelf = new Shelf();
  let made = 0;
  const shelve = (mib: number, options: ShelveOptions = {}) =>
    shelf.shelve(noise(mib * MiB, ++made), {chunkBytes: MiB / 2, version: `${made}.0.0`, ...options});
  const within = (mib: number) => installsWithin(mib * MiB, current(), [shelf]);
  return {shelve, within};
}

const stateOf = async (digest: string) => (await current().getRecord(digest))?.state;
const wholeOf = async (chunks: readonly {sha256: string}[]) =>
  (await current().hasChunks(chunks.map(({sha256}) => sha256))).size;

/** Begins a download that stays open after so many of its chunks of half a MiB were stored. */
async function openDownload({shelve, within}: ReturnType<typeof shelves>, mib: number, budget: number, chunks: number) {
  const version = await shelve(mib, {served: {stallAt: (chunks / 2 + 0.1) * MiB}});
  const stop = new AbortController();
  const ended = within(budget)
    .install({digest: version.digest, variants: []}, {...quiet, signal: stop.signal})
    .catch(() => {});
  await expect.poll(() => wholeOf(version.blob.chunks)).toBe(chunks);
  const end = () => {
    stop.abort();
    return ended;
  };
  return {version, end};
}

test('of two installs at once that fit one by one, the second finds no room within the budget, and runs from memory', async () => {
  const {shelve, within} = shelves();
  const versions = [await shelve(3, {served: {dripMs: 10}}), await shelve(3, {served: {dripMs: 10}})];
  const {install} = within(4);
  const done = await Promise.all(versions.map(({digest}) => install({digest, variants: []}, quiet)));
  expect(await storedBytes()).toBe(3 * MiB);
  expect(done.flatMap(({problems}) => problems.map(({code}) => code))).toEqual(['storage_full']);
  // Nothing says that it is too large: it may fit another time.
  expect((await current().records()).map(({state}) => state)).toEqual(['verified']);
});

test('what another tab fetches counts, and what nobody goes on with does not', async () => {
  const {shelve, within} = shelves();
  const [theirs, ours] = [await shelve(4), await shelve(4)];
  await begin(theirs, current());
  let letGo = () => {};
  const gone = new Promise<void>(resolve => (letGo = resolve));
  const held = navigator.locks.request(installName + theirs.digest, () => gone);
  const wanted = {digest: ours.digest, variants: []};
  expect((await within(6).install(wanted, quiet)).problems).toMatchObject([{code: 'storage_full'}]);
  expect(await storedBytes()).toBe(0);
  letGo();
  await held;
  expect((await within(6).install(wanted, quiet)).problems).toEqual([]);
  expect(await stateOf(ours.digest)).toBe('verified');
});

test('room is made while another version is being fetched, whose chunks stay', async () => {
  const made = shelves();
  const old = await made.shelve(4);
  await made.within(9).install({digest: old.digest, variants: []}, quiet);
  await fail(old.digest, 'golden_mismatch', current());
  const {version, end} = await openDownload(made, 4, 9, 7);
  const next = await made.shelve(4);
  expect((await made.within(9).install({digest: next.digest, variants: []}, quiet)).problems).toEqual([]);
  expect([await stateOf(next.digest), await stateOf(old.digest)]).toEqual(['verified', undefined]);
  expect([await stateOf(version.digest), await wholeOf(version.blob.chunks)]).toEqual(['downloading', 7]);
  await end();
});

test('a smaller form that was taken because of another download is not kept for a week', async () => {
  const made = shelves();
  const {end} = await openDownload(made, 4, 6, 1);
  const [full, small] = [await made.shelve(4), await made.shelve(1)];
  const wanted = {digest: full.digest, variants: [small.digest]};
  expect((await made.within(6).install(wanted, quiet)).digest).toBe(small.digest);
  await end();
  expect((await made.within(6).install(wanted, quiet)).digest).toBe(full.digest);
});

test('nor one that was taken because somebody read for so long that nothing could be removed', async () => {
  const made = shelves();
  const [old, full, small] = [await made.shelve(4), await made.shelve(4), await made.shelve(1)];
  await made.within(5).install({digest: old.digest, variants: []}, quiet);
  await fail(old.digest, 'golden_mismatch', current());
  const wanted = {digest: full.digest, variants: [small.digest]};
  const release = await hold();
  const first = await made.within(5).install(wanted, quiet);
  expect([first.digest, first.problems.map(({code}) => code)]).toEqual([small.digest, ['storage_unavailable']]);
  release();
  expect((await made.within(5).install(wanted, quiet)).digest).toBe(full.digest);
});
