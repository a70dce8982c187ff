import {expect, test} from 'vitest';
import {within} from './within.js';

const soon = () => new Promise(resolve => setTimeout(resolve, 50, 'done'));

test.each([Infinity, 5e9, 0])('%d ms are for ever', async ms => {
  await expect(within(ms, soon())).resolves.toBe('done');
});

test('what takes longer is lost', async () => {
  await expect(within(10, soon())).rejects.toMatchObject({code: 'worker_lost'});
});
