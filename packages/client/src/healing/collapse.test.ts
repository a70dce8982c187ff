import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {wideDoubler} from '../../testing/doubler.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';

afterEach(closeAll);

/** A classifier of three classes, all of them frequent: its scores are twice its inputs. */
async function classifier() {
  const registry = await TestRegistry.create();
  const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: ['batch', 3]});
  const change = {
    task: 'classification' as const,
    classes: ['a', 'b', 'c'],
    ...{inputs: [tensor('x')], outputs: [tensor('y')], golden: []},
    reference: {inputs: {}, outputs: {}, predicted: [1, 1, 1]},
    baseline: {y: [1, 0, 0]},
  };
  const files = new Map([['model.onnx', wideDoubler(2, 3)]]);
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {files, change})]));
  const {runtime, says} = faultyRuntime();
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0});
  return {model: await kedge.model('scale'), says};
}

test('a model that answers the same for ever is given up for a while, told, and back once it does not', async () => {
  const {model, says} = await classifier();
  let asked = 0;
  const ask = async () => {
    const {outputs, served} = await model.predict({x: Float32Array.of(0.1, ++asked / 1024, 0.3)});
    return {served, scores: [...outputs.y!.data].map(Number)};
  };
  await says({'run wasm': 'same'});
  // Who looks is fetched in idle time.
  const given = async () => (await ask()).served.source;
  await expect.poll(given, {timeout: 30_000, interval: 5}).toBe('baseline');
  expect(asked).toBeGreaterThan(50);
  expect(await ask()).toMatchObject({
    served: {source: 'baseline', reason: 'output_invalid'},
    scores: [1, 0, 0],
  });
  expect(model.served).toMatchObject({source: 'baseline', reason: 'output_invalid', version: null});
  expect(model.problems).toMatchObject([{code: 'output_invalid', message: expect.stringContaining('the same scores')}]);
  await says({'run wasm': null});
  await expect.poll(given, {timeout: 30_000, interval: 100}).toBe('model');
  for (let i = 0; i < 100; i++) {
    const {served, scores} = await ask();
    expect([served.source, scores[1]]).toEqual(['model', asked / 512]);
  }
});
