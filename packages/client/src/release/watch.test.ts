import {afterEach, expect, test, vi} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import type {TestRegistry} from '../../testing/registry.js';
import {setting, x} from '../../testing/visit.js';
import type {KedgeEvents} from '../api.js';

afterEach(closeAll);
afterEach(() => vi.restoreAllMocks());

const served = (etag: string) => ({headers: {etag, 'cache-control': 'no-cache'}});
const statuses = async (registry: TestRegistry) => (await registry.requests('/channels/')).map(({status}) => status);

test('an unchanged release costs a 304, and a new one a 200', async () => {
  const {registry, old, next} = await setting();
  await registry.putRelease(registry.release([old, next]), {served: served('"one"')});
  const kedge = await client(registry);
  await kedge.refresh();
  await kedge.refresh();
  expect([await statuses(registry), kedge.releaseProblem]).toEqual([[200, 304, 304], undefined]);
  await registry.putRelease(registry.release([next, old], {version: 2}), {served: served('"two"')});
  await kedge.refresh();
  await kedge.refresh();
  expect([await statuses(registry), kedge.release?.version]).toEqual([[200, 304, 304, 200, 304], 2]);
  await kedge.close();
  const later = await client(registry, {releaseWaitMs: 30_000});
  expect([(await statuses(registry)).at(-1), later.release?.version]).toEqual([304, 2]);
});

test('happens by itself while the page is visible, tells what came, and ends with close', async () => {
  const {registry, old, next} = await setting();
  const kedge = await client(registry, {pollSeconds: 0.2});
  const changes: KedgeEvents['release'][] = [];
  kedge.on('release', change => changes.push(change));
  const model = await kedge.model('scale');
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await expect.poll(() => changes.length).toBe(1);
  expect(changes[0]).toMatchObject({previousVersion: 1, release: {version: 2}});
  // What is loaded goes on until the app asks for the model again.
  expect((await model.predict(x)).served.version).toBe('1.0.0');
  expect((await (await kedge.model('scale')).predict(x)).served.version).toBe('1.1.0');
  await kedge.close();
  const asked = (await statuses(registry)).length;
  await new Promise(resolve => setTimeout(resolve, 800));
  expect((await statuses(registry)).length).toBe(asked);
});

test('not at 0, not while hidden or offline; at once when the page is seen or the network is back', async () => {
  const {registry} = await setting();
  const asked = async () => (await statuses(registry)).length;
  const settled = () => new Promise(resolve => setTimeout(resolve, 700));
  const never = await client(registry, {pollSeconds: 0});
  const first = await asked();
  globalThis.dispatchEvent(new Event('online'));
  await settled();
  expect(await asked()).toBe(first);
  await never.close();
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  await client(registry, {pollSeconds: 0.2, releaseWaitMs: 30_000});
  const hidden = await asked();
  await settled();
  expect(await asked()).toBe(hidden);
  await closeAll();
  await client(registry, {pollSeconds: 3600, releaseWaitMs: 30_000});
  const opened = await asked();
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
  // Asked less than a minute ago.
  expect(await asked()).toBe(opened);
  const began = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => began + 61_000);
  document.dispatchEvent(new Event('visibilitychange'));
  await expect.poll(asked).toBe(opened + 1);
  globalThis.dispatchEvent(new Event('online'));
  await expect.poll(asked).toBe(opened + 2);
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  globalThis.dispatchEvent(new Event('online'));
  await settled();
  expect(await asked()).toBe(opened + 2);
});

test('what one tab accepted reaches the others without a request of theirs; a page put aside hears it when it returns', async () => {
  const {registry, old, next} = await setting();
  const a = await client(registry);
  // Waits for its own first question, so that what is counted below is not that one.
  const b = await client(registry, {releaseWaitMs: 20_000});
  const changes: number[] = [];
  b.on('release', ({release}) => changes.push(release.version));
  await registry.putRelease(registry.release([next, old], {version: 2}));
  const before = (await statuses(registry)).length;
  await a.refresh();
  await expect.poll(() => b.release?.version).toBe(2);
  expect([(await statuses(registry)).length - before, changes]).toEqual([1, [2]]);
  globalThis.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}));
  await registry.putRelease(registry.release([old, next], {version: 3}));
  await a.refresh();
  await new Promise(resolve => setTimeout(resolve, 300));
  expect(b.release?.version).toBe(2);
  globalThis.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
  await expect.poll(() => b.release?.version).toBe(3);
  expect((await statuses(registry)).length - before).toBe(2);
});

test('a listener that throws stops neither the others nor the client, and one that was removed is not told', async () => {
  const {registry, old} = await setting();
  const kedge = await client(registry);
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    errors.push(event.error);
  };
  globalThis.addEventListener('error', onError, true);
  const told: string[] = [];
  kedge.on('release', () => {
    throw new Error('a defect of the page');
  });
  kedge.on('release', () => told.push('kept'));
  const stop = kedge.on('release', () => told.push('removed'));
  stop();
  stop();
  await registry.putRelease(registry.release([old], {version: 2}));
  await kedge.refresh();
  globalThis.removeEventListener('error', onError, true);
  expect([told, errors, kedge.release?.version]).toEqual([['kept'], [new Error('a defect of the page')], 2]);
  expect(() => kedge.on('release', undefined as never)).toThrow(TypeError);
});
