import {expect, test} from 'vitest';
import {useStore} from '../../testing/use-store.js';
import {connect, readAtMost} from './fetch.js';
import {rehearse} from './rehearse.js';

const {current} = useStore();

test('a rehearsal goes through to the end, asks nobody, and leaves nothing', async () => {
  const before = performance.getEntriesByType('resource').length;
  await rehearse({connect, readAtMost});
  expect(performance.getEntriesByType('resource').length).toBe(before);
  expect((await current().held()).sizes.size).toBe(0);
  const {held = [], pending = []} = await navigator.locks.query();
  expect([...held, ...pending].filter(({name}) => name?.startsWith('kedge:install'))).toEqual([]);
});

test('two at once go through too', async () => {
  await Promise.all([rehearse({connect, readAtMost}), rehearse({connect, readAtMost})]);
});
