import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {about, changeAbout, image, inStore, key, pinning, replace, visit as visitOf} from '../../testing/images.js';
import type {TestRegistry} from '../../testing/registry.js';
import type {MemoryImage} from '../runtime/runtime.js';

let registry: TestRegistry;
const visit = () => visitOf(registry);

beforeEach(async () => {
  const pinned = await pinning();
  ({registry} = pinned);
  await registry.putRelease(
    registry.release([await registry.publish('1.0.0', 2, {change: {runtime: pinned.runtime}})]),
  );
});

afterEach(closeAll);

const right = {y: [2], sources: ['model'], workers: 1, problems: 0};

describe('the memory that the first start left', {timeout: 240_000}, () => {
  test('serves the second one, which proves it, and all after it', async () => {
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    const {runs, data, bytes} = (await image())!;
    expect([runs.reduce((sum, [, length]) => sum + length, 0), data.length < bytes / 2]).toEqual([data.length, true]);
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'proven', tries: 1});
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'proven', tries: 1});
  });

  test('is left aside where a byte of it has changed, and another takes its place', async () => {
    await visit();
    await inStore(async store => {
      const {blob, ...rest} = (await store.getSetting(key)) as {blob: Blob};
      const changed = new Uint8Array(await blob.arrayBuffer());
      changed[5000]! ^= 1;
      await store.changeSetting(key, () => ({...rest, blob: new Blob([changed])}));
    });
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    expect(await visit()).toEqual(right);
    expect((await about())?.state).toBe('proven');
  });

  test.each<[string, (image: MemoryImage) => MemoryImage]>([
    ['is of another build', image => ({...image, first: 'no such export'})],
    ['holds nothing', ({data, ...image}) => ({...image, data: new Uint8Array(data.length)})],
  ])('is given up when it %s: a new worker starts without it, unseen by the app', async (_, change) => {
    await visit();
    await replace(change);
    expect(await visit()).toEqual({...right, workers: 2});
    expect([(await about())?.state, await image()]).toEqual(['failed', undefined]);
    expect(await visit()).toEqual(right);
  });

  test('is left aside where the browser has no room for it', async () => {
    await visit();
    await replace(image => ({...image, bytes: 2 ** 40}));
    expect(await visit()).toEqual(right);
  });

  test('is not begun with a third time when two starts from it never ended', async () => {
    await visit();
    await changeAbout({tries: 2});
    await replace(image => ({...image, first: 'never called'}));
    expect(await visit()).toEqual(right);
  });

  test('is of one browser: another version of it makes its own', async () => {
    await visit();
    await changeAbout({of: 'an older one'});
    await replace(image => ({...image, first: 'never called'}));
    expect(await visit()).toEqual(right);
    expect(await about()).toMatchObject({state: 'new', tries: 0});
    expect((await image())?.first).not.toBe('never called');
  });
});
