import {sha256} from '@kedge/core';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {Died, DyingStore} from '../../testing/dying-store.js';
import {refused} from '../install/reserve.js';
import {Device, World, type WorldVersion} from '../../testing/world.js';
import {chunksOf, namedBy} from './record.js';
import {openIndexedDb} from './indexeddb.js';
import {MemoryStore} from './memory.js';
import {isWhole} from './policy.js';
import type {Store} from './store.js';

type Act =
  | {do: 'start'; version: number}
  | {do: 'install'; version: number}
  | {do: 'evict'; version: number; bytes: number}
  | {do: 'revoke'; version: number}
  | {do: 'leave'}
  | {do: 'forget'};

const hundreds = [100, 101, 102, 103, 104, 105, 106, 107];

let world: World;
beforeAll(async () => {
  world = await World.create([
    {model: 'a', pieces: [1, 2, 3]},
    {model: 'a', pieces: [1, 2, 4]},
    {model: 'a', pieces: [5, 2, 4, 6]},
    {model: 'b', pieces: [3, 7], file: [8, 9]},
    {model: 'c', pieces: hundreds, file: [8, 10]},
    {model: 'c', pieces: hundreds.map(n => n + 20), file: [9, 10], patchFrom: 4},
  ]);
});
afterAll(() => vi.restoreAllMocks());

const version = fc.nat({max: 5});
const act: fc.Arbitrary<Act> = fc.oneof(
  {weight: 6, arbitrary: fc.record({do: fc.constant('start' as const), version})},
  {weight: 2, arbitrary: fc.record({do: fc.constant('install' as const), version})},
  {
    weight: 2,
    arbitrary: fc.record({do: fc.constant('evict' as const), version, bytes: fc.integer({min: 1, max: 60})}),
  },
  {weight: 1, arbitrary: fc.record({do: fc.constant('revoke' as const), version})},
  {weight: 1, arbitrary: fc.constant({do: 'leave' as const})},
  {weight: 1, arbitrary: fc.constant({do: 'forget' as const})},
);

async function perform(act: Act, device: Device, store: Store): Promise<void> {
  const chosen = 'version' in act ? world.versions[act.version]! : undefined;
  if (act.do === 'start') await device.start(chosen!);
  else if (act.do === 'install') await device.install(chosen!);
  else if (act.do === 'evict') {
    // Of a page that has loaded nothing: what a page has loaded is spared anyway.
    device.leave();
    await refused(wanting(chosen!, act.bytes), await device.keeping.governor());
  } else if (act.do === 'revoke') await (await device.keeping.governor()).heed(world.revoking(chosen!));
  else if (act.do === 'leave') device.leave();
  else await store.clear();
}

/** A version of the same model that needs so many bytes. */
function wanting({manifest}: WorldVersion, bytes: number): WorldVersion {
  const chunks = [{sha256: 'f'.repeat(64), bytes}];
  return {digest: 'e'.repeat(64), manifest: {...manifest, artifacts: [{...manifest.artifacts[0]!, bytes, chunks}]}};
}

/** What may serve each model when the device dies in the middle of the last act; empty where nothing has to. */
class Expected {
  readonly #served = new Map<string, Set<string>>();

  before(act: Act): void {
    if (act.do === 'forget') return this.#served.clear();
    if (!('version' in act)) return;
    const {digest, manifest} = world.versions[act.version]!;
    if (act.do === 'start') this.#served.get(manifest.model)?.add(digest);
    // What may not serve any more need not be there; what is left may be anything that served before it.
    if (act.do === 'revoke') this.#served.delete(manifest.model);
  }

  after(act: Act): void {
    if (act.do !== 'start') return;
    const {digest, manifest} = world.versions[act.version]!;
    this.#served.set(manifest.model, new Set([digest]));
  }

  get models() {
    return [...this.#served];
  }
}

async function checkWhatServes(store: Store, expected: Expected): Promise<void> {
  const held = await store.held();
  for (const [model, digests] of expected.models) {
    const serves = held.records.filter(
      record => digests.has(record.digest) && record.manifest.model === model && isWhole(record, held.sizes),
    );
    expect(serves.length, `${model}: neither the old version nor the new one is whole`).toBeGreaterThan(0);
    for (const chunk of serves.flatMap(({manifest}) => chunksOf(manifest)))
      expect(await sha256(crypto.subtle, (await store.getChunk(chunk.sha256))!)).toBe(chunk.sha256);
  }
}

async function checkWhatIsNamed(store: Store): Promise<void> {
  const {records, sizes} = await store.held();
  for (const record of records)
    if (record.verifiedAt !== null && record.state !== 'downloading' && record.state !== 'failed')
      expect(isWhole(record, sizes), `${record.manifest.version} is ${record.state} and lacks a chunk`).toBe(true);
  const named = new Set(records.flatMap(namedBy).map(({sha256: digest}) => digest));
  expect([...sizes.keys()].filter(digest => !named.has(digest))).toEqual([]);
}

/** Plays the acts until the device dies. @returns how many writes it came to; the act that was cut short */
async function play(acts: readonly Act[], disk: Store, diesAfter: number, heard: boolean, expected: Expected) {
  const store = new DyingStore(disk, diesAfter, heard);
  const device = new Device(store);
  for (const act of acts) {
    expected.before(act);
    try {
      await perform(act, device, store);
      if (store.died) return {writes: store.writes, cut: act};
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      return {writes: store.writes, cut: act};
    }
    expected.after(act);
  }
  return {writes: store.writes, cut: undefined};
}

/** Dies at every point of the scenario; each time the device is opened again and judged. @param heards whether the last write is heard of */
async function dieEverywhere(acts: readonly Act[], open: () => Promise<Store>, heards: boolean[]): Promise<number> {
  const whole = await open();
  const {writes} = await play(acts, whole, Infinity, true, new Expected());
  whole.close();
  for (let at = 0; at <= writes; at++)
    for (const heard of heards) {
      const disk = await open();
      const expected = new Expected();
      const {cut} = await play(acts, disk, at, heard, expected);
      await checkWhatServes(disk, expected);
      const next = new Device(disk);
      await (await next.keeping.governor()).tidy();
      await checkWhatServes(disk, expected);
      await checkWhatIsNamed(disk);
      // The next visit heals with no help.
      if (cut?.do === 'start') {
        const again = world.versions[cut.version]!;
        await next.start(again);
        expect((await disk.getRecord(again.digest))?.state).toBe('active');
      }
      disk.close();
    }
  return writes;
}

const onDisk = () => openIndexedDb(`crash-${crypto.randomUUID()}`);

describe('a device that dies between any two writes', () => {
  test('in memory: the old version or the new one serves, and the next sweep leaves nothing that nobody names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, {minLength: 2, maxLength: 6}), fc.boolean(), async (acts, heard) => {
        await dieEverywhere(acts, async () => new MemoryStore(), [heard]);
      }),
      {numRuns: 40, interruptAfterTimeLimit: 6000, markInterruptAsFailure: false},
    );
  });

  test('in IndexedDB: an update that shares chunks, a rollback and a new model', async () => {
    const acts: Act[] = [
      {do: 'start', version: 0},
      {do: 'start', version: 1},
      {do: 'leave'},
      {do: 'start', version: 2},
      {do: 'evict', version: 3, bytes: 20},
      {do: 'start', version: 1},
      {do: 'start', version: 3},
      {do: 'revoke', version: 2},
    ];
    const writes = await dieEverywhere(acts, onDisk, [false]);
    expect(writes).toBeGreaterThan(20);
  });

  test('in IndexedDB: a runtime’s file, an update by a patch whose base goes', async () => {
    const acts: Act[] = [
      {do: 'start', version: 4},
      {do: 'start', version: 5},
      {do: 'leave'},
      {do: 'revoke', version: 4},
      {do: 'start', version: 3},
    ];
    await dieEverywhere(acts, onDisk, [false]);
    expect(world.patched(world.versions[5]!)).toBe(true);
  });

  test('in IndexedDB: any acts', {timeout: 60_000}, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, {minLength: 2, maxLength: 4}), fc.boolean(), async (acts, heard) => {
        await dieEverywhere(acts, onDisk, [heard]);
      }),
      {numRuns: 10, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false},
    );
  });
});
