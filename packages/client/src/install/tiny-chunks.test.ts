import {expect, test, vi} from 'vitest';
import {installsOn, noise, Shelf} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';

const {current, expectWhole} = useStore();

test('a version of thousands of tiny chunks takes the memory and the time that their bytes need', async () => {
  const count = 8192;
  const shelf = new Shelf();
  const version = await shelf.shelve(noise(count * 64), {chunkBytes: 64});
  const {has} = Set.prototype;
  let looks = 0;
  vi.spyOn(Set.prototype, 'has').mockImplementation(function (this: Set<unknown>, value) {
    looks++;
    return has.call(this, value);
  });
  await installsOn(current(), [shelf]).install(version.digest, {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  expect(looks).toBeLessThan(30 * count);
  await expectWhole(version);
});
