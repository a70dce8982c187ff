import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {asked} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

async function opened() {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {baseline: undefined}})]));
  const {runtime, workers, says} = faultyRuntime();
  const ended = new Set<Worker>();
  const createWorker = () => {
    const worker = runtime.createWorker();
    const end = worker.terminate.bind(worker);
    worker.terminate = () => {
      ended.add(worker);
      end();
    };
    return worker;
  };
  const kedge = await client(registry, {runtimes: [{...runtime, createWorker}], pollSeconds: 0, spare: true});
  return {kedge, model: await kedge.model('scale'), workers, ended, says};
}

function crash(worker: Worker): void {
  worker.terminate();
  worker.dispatchEvent(new ErrorEvent('error', {message: 'crashed'}));
}

test('a spare worker starts for calls that come one after another, and takes over', async () => {
  const {model, workers, says} = await opened();
  await expect.poll(() => asked(model, 1).then(() => workers.length), {timeout: 30_000}).toBe(2);
  await pause(2000);
  await says({'load wasm': 'slow 5000'});
  crash(workers[0]!);
  const began = performance.now();
  expect(await asked(model, 3)).toMatchObject({y: 6, source: 'model'});
  expect(performance.now() - began).toBeLessThan(4000);
  await says({'load wasm': null});
});

test('no spare worker starts for a version that was released while its spare one computes, and crashes', async () => {
  const {kedge, model, workers, ended, says} = await opened();
  await asked(model, 0);
  await expect.poll(async () => (await kedge.explain('scale')).spare, {timeout: 30_000}).toBe('ready');
  await says({'run wasm': 'slow 400'});
  const first = asked(model, 1);
  await says({'run wasm': 'slow 3000'});
  const second = asked(model, 2);
  await first;
  const released = model.release();
  await pause(300);
  void says({'run wasm': null});
  crash(workers[1]!);
  expect(await second).toMatchObject({y: 4, source: 'model'});
  await released;
  await pause(3000);
  expect(workers.filter(worker => !ended.has(worker)).length).toBe(1);
});
