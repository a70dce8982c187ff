import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {closeAll} from '../../testing/client.js';
import type {Faulty} from '../../testing/faults.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import type {KedgeOptions} from '../api.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const right = {source: 'model', provider: 'wasm'};

describe('tfjs', () => {
  const tfjs = (faults: Faulty, providers: ExecutionProvider[], options: Partial<KedgeOptions> = {}) =>
    faulty(faults, providers, {...options, runtime: 'tfjs'});

  test.each(['crash', 'memory', 'exhaust', 'trap', 'die'])(
    'a worker that fails in a run (%s) is replaced; every call is settled and the next is right',
    async kind => {
      const {model: open, says, workers} = await tfjs({}, ['cpu'], {hangSeconds: 2});
      const model = await open();
      await says({'run cpu': kind});
      const pending = [1, 2, 3].map(value => asked(model, value, {deadlineMs: 20_000}));
      expect((await Promise.all(pending)).every(({y, source}) => y === -1 && source === 'baseline')).toBe(true);
      await says({'run cpu': null});
      await expect.poll(() => asked(model, 4)).toMatchObject({source: 'model', provider: 'cpu', y: 8});
      expect(workers.length).toBeGreaterThan(1);
    },
  );

  test('a run that loops for ever is ended, and the next is right', async () => {
    const {model: open, says, workers} = await tfjs({}, ['wasm'], {hangSeconds: 2});
    const model = await open();
    await says({'run wasm': 'loop'});
    const pending = asked(model, 1);
    await says({'run wasm': null});
    expect(await pending).toMatchObject({y: -1, reason: 'worker_lost'});
    expect(await asked(model, 2)).toMatchObject({...right, y: 4});
    expect(workers).toHaveLength(2);
  });

  test('NaN three times in a row gives up the provider', async () => {
    const {model: open, says} = await tfjs({}, ['wasm', 'cpu']);
    const model = await open();
    await says({'run wasm': 'nan'});
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await asked(model, i));
    expect(answers[0]).toMatchObject({y: -1, reason: 'output_invalid'});
    expect(answers.at(-1)).toMatchObject({y: 6, source: 'model', provider: 'cpu'});
  });

  test.each(['crash', 'memory', 'poison'])(
    'a start that fails (%s) on one provider leaves the next one',
    async kind => {
      const {model: open} = await tfjs({'load wasm': kind}, ['wasm', 'cpu']);
      expect(await asked(await open(), 2)).toMatchObject({y: 4, source: 'model', provider: 'cpu'});
    },
  );

  test('a GPU device destroyed in the middle of runs: the next is right', async () => {
    const {model: open, workers, destroyDevices} = await tfjs({}, ['webgpu']);
    const model = await open();
    expect(await asked(model, 1)).toMatchObject({y: 2, provider: 'webgpu'});
    const pending = Array.from({length: 20}, (_, i) => asked(model, i));
    destroyDevices();
    expect((await Promise.all(pending)).every(({y}, i) => y === 2 * i || y === -1)).toBe(true);
    // Tiny tensors may be computed beside the GPU, and then nobody misses it at once.
    await expect
      .poll(async () => {
        await asked(model, 5);
        return workers.length;
      })
      .toBeGreaterThan(1);
    expect(await asked(model, 5)).toMatchObject({y: 10, source: 'model', provider: 'webgpu'});
  });
});
