import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {TestRegistry} from '../testing/registry.js';

afterEach(closeAll);

// Browsers take a timer of 2.5e9 ms for one of a negative time, which is over at once.
test.each([Infinity, 2.5e6])('durations of %d seconds are never over', async seconds => {
  const ms = 1000 * seconds;
  const options = {
    ...{hangSeconds: seconds, releaseWaitMs: ms, pollSeconds: seconds, graceHours: seconds},
    ...{download: {stallSeconds: seconds}, choice: {budgetMs: ms}},
  };
  const registry = await TestRegistry.create();
  const old = await registry.publish('1.0.0', 2);
  await registry.putRelease(registry.release([old]));
  const first = await client(registry, options);
  expect(await first.model('scale')).toMatchObject({served: {source: 'model'}, problems: []});
  await first.close();
  const next = await registry.publish('1.1.0', 3);
  await registry.putRelease(registry.release([next, old], {version: 2}));
  const model = await (await client(registry, options)).model('scale');
  expect(model).toMatchObject({served: {source: 'model', version: '1.1.0'}, problems: []});
  const {outputs} = await model.predict({x: Float32Array.of(1)}, {deadlineMs: ms});
  expect(outputs.y!.data[0]).toBe(3);
});
