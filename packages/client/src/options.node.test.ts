import {expect, test} from 'vitest';
import {engineOptions} from './options.js';

test('a connection is given up after 15 seconds without a byte, unless the app says otherwise', () => {
  const options = {registry: 'https://registry.test', channel: 'prod', trustedKeys: [], runtimes: [], unitId: 'unit-1'};
  expect(engineOptions(options).stallMs).toBe(15_000);
  expect(engineOptions({...options, download: {stallSeconds: 2}}).stallMs).toBe(2000);
  // A timer of more would end at once.
  for (const stallSeconds of [Infinity, 5e6])
    expect(engineOptions({...options, download: {stallSeconds}}).stallMs).toBe(1e9);
});
