import {afterEach, beforeEach, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import {told} from '../../testing/told.js';
import {x} from '../../testing/visit.js';
import {onnx} from '../onnx/index.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const blind = () => new Worker(new URL('../../testing/blind-worker.ts', import.meta.url), {type: 'module'});
const full = () => new Worker(new URL('../../testing/full-worker.ts', import.meta.url), {type: 'module'});

test.each([
  ['without IndexedDB', blind],
  ['on a full disk', full],
])('what runs from memory (%s) is timed on the others too', async (_, createWorker) => {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
  await registry.putText('/v1/events', '{}', {status: 202});
  const kedge = await client(registry, {
    runtimes: [onnx({createWorker, providers: ['wasm', 'webgpu']})],
    collector: {url: registry.url, writeKey: 'key', consent: 'events'},
    choice: {budgetMs: 60_000, fastEnoughMs: 0},
    pollSeconds: 0,
  });
  const model = await kedge.model('scale');
  expect((await kedge.storage()).kind).toBe('memory');
  await expect.poll(async () => (await kedge.explain('scale')).measuredAt, {timeout: 60_000}).not.toBeNull();
  expect((await kedge.explain('scale')).candidates).toMatchObject([
    {provider: 'wasm', golden: 'passed'},
    {provider: 'webgpu', golden: 'passed', why: expect.stringMatching(/^takes .* as long$/) as string},
  ]);
  expect((await model.predict(x)).outputs.y!.data[0]).toBe(2);
  const failures = (await told(kedge, registry)).filter(({kind}) => kind === 'failure');
  expect(failures.filter(({context}) => context.provider === 'webgpu')).toEqual([]);
});
