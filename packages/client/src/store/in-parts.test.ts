import {sha256} from '@kedge/core';
import {expect, test} from 'vitest';
import {noise} from '../../testing/shelf.js';
import {inParts} from './in-parts.js';

test('a Blob is read as it is, across the borders of parts', async () => {
  const bytes = noise(2 ** 26 + 1000);
  const read = await inParts(new Blob([bytes.subarray(0, 10), bytes.subarray(10)]));
  expect(await sha256(crypto.subtle, read!)).toBe(await sha256(crypto.subtle, bytes));
});

test('more than the browser can hold is an error that says what to do', async () => {
  const huge = Object.defineProperty(new Blob(), 'size', {value: 2 ** 53 - 1});
  await expect(inParts(huge)).rejects.toMatchObject({
    code: 'runtime_unavailable',
    message: expect.stringContaining('publish a smaller variant') as string,
  });
});
