import {afterEach, expect, test, vi} from 'vitest';
import {Device, World} from '../../testing/world.js';
import {MemoryStore} from './memory.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** 1.0.0 serves and is revoked; 1.1.0, of which nothing is here, is to take its place. */
async function revoked() {
  const world = await World.create([
    {model: 'a', pieces: [1, 2, 3]},
    {model: 'a', pieces: [1, 2, 4]},
  ]);
  const [old, next] = [world.versions[0]!, world.versions[1]!];
  const store = new MemoryStore();
  const device = new Device(store);
  await device.start(old);
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  device.keeping.heed(world.revoking(old, next));
  await device.keeping.idle();
  const held = async (afterMs: number) => {
    await vi.advanceTimersByTimeAsync(afterMs);
    return (await store.records()).map(({manifest, state}) => `${manifest.version} ${state}`);
  };
  return {device, next, held};
}

test('a revoked version goes when the one in its place was begun', async () => {
  const {device, next, held} = await revoked();
  expect(await held(5000)).toEqual(['1.0.0 active']);
  await device.install(next);
  await expect.poll(() => held(500)).toEqual(['1.1.0 verified']);
});

test('it goes in the end also when nothing comes in its place', async () => {
  const {held} = await revoked();
  expect(await held(9000)).toEqual(['1.0.0 active']);
  await expect.poll(() => held(1000)).toEqual([]);
});
