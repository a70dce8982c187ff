import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const values = [1, 2, 3, 4, 5, 6, 7, 8];

test.each([2, 3, 8])('a crash loop is found where %s calls are asked at once', async count => {
  const {open, workers, says} = await faulty();
  const model = await (await open()).model('scale', {baseline});
  for (let i = 0; i < 5; i++) await asked(model, 0).then(() => pause(200));
  await says({'run wasm': 'crash'});
  const burst = () => Promise.all(values.slice(0, count).map(value => asked(model, value)));
  for (let i = 0; i < 5; i++) await burst();
  const lost = workers.length;
  for (const {source} of await burst()) expect(source).toBe('baseline');
  // What crashes again and again is not started any more. A crash that counts may end two workers besides that count for nothing.
  expect([workers.length, lost <= 10]).toEqual([lost, true]);
});

test('a batch that has no end costs no call its answer: each is made again, alone', async () => {
  const {open, says, workers} = await faulty({}, undefined, {hangSeconds: 3});
  const model = await (await open()).model('scale');
  for (let round = 0; round < 6; round++) {
    await Promise.all(values.map(value => asked(model, value)));
    await pause(150);
  }
  await says({'run wasm': 'many loop'});
  const answers = await Promise.all(values.map(value => asked(model, value)));
  expect(answers.map(({y, source}) => [y, source])).toEqual(values.map(value => [2 * value, 'model']));
  expect(workers.length).toBe(2);
});

test('aborts with `terminate` end no download of another model', async () => {
  const registry = await TestRegistry.create();
  const scale = await registry.publish('1.0.0', 2, {change: {baseline: undefined}});
  const other = await registry.publish('1.0.0', 3, {change: {model: 'other', baseline: undefined}});
  const release = registry.release([scale]);
  await registry.putRelease({
    ...release,
    models: {...release.models, other: registry.release([other]).models.scale!},
  });
  await registry.putBlob(other, other.model, {silent: true});
  const {runtime, says} = faultyRuntime();
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0});
  const model = await kedge.model('scale');
  await asked(model, 0);
  await pause(1500);
  const opening = kedge.model('other');
  const ended = opening.then(
    () => 'here',
    (error: Error) => error.message,
  );
  await pause(500);
  for (let i = 0; i < 2; i++) {
    await says({'run wasm': 'loop'});
    const stop = new AbortController();
    const endless = asked(model, 1, {signal: stop.signal, terminate: true});
    await pause(200);
    void says({'run wasm': null});
    stop.abort();
    await expect(endless).rejects.toThrow(/abort/i);
    expect(await asked(model, 2)).toMatchObject({y: 4, source: 'model'});
  }
  await registry.putBlob(other, other.model);
  expect(await Promise.race([ended, pause(2000).then(() => 'under way')])).toMatch(/^(here|under way)$/);
});
