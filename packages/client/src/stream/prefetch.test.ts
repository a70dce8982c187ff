import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {setting} from '../../testing/visit.js';

afterEach(closeAll);

const fetched = (file: string) => performance.getEntriesByType('resource').some(({name}) => name.includes(file));

test('the file for streams comes in idle time, so that a page which goes offline by then has it', async () => {
  const {registry} = await setting();
  const kedge = await client(registry);
  await kedge.model('scale');
  await expect.poll(() => fetched('/src/stream.')).toBe(true);
});
