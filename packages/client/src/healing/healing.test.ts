import {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {forgetFlights, notedFlights, noteFlight} from '../../testing/flights.js';
import {closeAll} from '../../testing/client.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {Runs} from './runs.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

const right = {source: 'model', provider: 'wasm'};

describe('a worker that fails in a run', () => {
  test.each(['crash', 'memory', 'exhaust', 'trap'])(
    '(%s) is replaced; every call is settled and the next is right',
    async kind => {
      const {model: open, says, workers} = await faulty();
      const model = await open();
      await says({'run wasm': kind});
      const pending = [1, 2, 3].map(value => asked(model, value));
      expect((await Promise.all(pending)).every(({y, source}) => y === -1 && source === 'baseline')).toBe(true);
      await says({'run wasm': null});
      expect(await asked(model, 4)).toMatchObject({...right, y: 8});
      expect(workers.length).toBeGreaterThan(1);
    },
  );

  test('once only: the call is made again and nobody notices', async () => {
    const {model: open, says, workers} = await faulty();
    const model = await open();
    await says({'run wasm': 'crash'});
    const pending = asked(model, 1);
    await expect.poll(() => workers.length).toBe(1);
    void says({'run wasm': null});
    expect(await pending).toMatchObject({...right, y: 2});
    expect(workers).toHaveLength(2);
  });

  test('dies without a word: it is found by its silence', async () => {
    const {model: open, says} = await faulty();
    const model = await open();
    await says({'run wasm': 'die'});
    const [late, later] = [1, 2].map(value => asked(model, value, {deadlineMs: 300}));
    expect([await late, await later]).toMatchObject([{reason: 'deadline_exceeded'}, {reason: 'deadline_exceeded'}]);
    await says({'run wasm': null});
    expect(await asked(model, 3)).toMatchObject({...right, y: 6});
  });

  test('loops for ever: after the second deadline in a row it is killed, and nothing queues behind it', async () => {
    const {model: open, says, workers} = await faulty();
    const model = await open();
    await asked(model, 1);
    await says({'run wasm': 'loop'});
    for (const value of [1, 2])
      expect(await asked(model, value, {deadlineMs: 200})).toMatchObject({y: -1, reason: 'deadline_exceeded'});
    const behind = asked(model, 3);
    await says({'run wasm': null});
    expect(await behind).toMatchObject({...right, y: 6});
    expect(workers).toHaveLength(2);
  });

  test('loops for ever without a deadline: it is ended after `hangSeconds`, those behind it are answered', async () => {
    // It bounds the start of the next worker too.
    const {model: open, says, workers} = await faulty({}, undefined, {hangSeconds: 8});
    const model = await open();
    await says({'run wasm': 'loop'});
    const pending = [1, 2, 3].map(value => asked(model, value));
    await says({'run wasm': null});
    const [at, ...behind] = await Promise.all(pending);
    expect(at).toMatchObject({y: -1, source: 'baseline', reason: 'worker_lost'});
    expect(behind).toMatchObject([
      {...right, y: 4},
      {...right, y: 6},
    ]);
    expect(workers).toHaveLength(2);
  });

  test('a slow model that misses its deadlines is left alone', async () => {
    const {model: open, says, workers} = await faulty();
    const model = await open();
    await says({'run wasm': 'slow 400'});
    const late = await Promise.all(Array.from({length: 20}, (_, i) => asked(model, i, {deadlineMs: 50})));
    expect(late.every(({reason}) => reason === 'deadline_exceeded')).toBe(true);
    await pause(1500);
    expect(await asked(model, 3)).toMatchObject({...right, y: 6});
    expect(workers).toHaveLength(1);
  });

  test('three times within a minute: its provider is left for the next, also at the next visit', async () => {
    const {model: open, says} = await faulty({}, ['wasm', 'webgpu']);
    const model = await open();
    await says({'run wasm': 'crash'});
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await asked(model, i));
    expect(answers.at(-1)).toMatchObject({y: 6, source: 'model', provider: 'webgpu'});
    await says({'run wasm': null});
    const kedge = await open();
    expect(await asked(kedge, 1)).toMatchObject({provider: 'webgpu'});
    expect(kedge.problems.map(({message}) => message)).toEqual([expect.stringContaining('crashed too often on wasm')]);
  });

  test('that was one number of threads: the next one is had in a new worker', async () => {
    const {model: open, says} = await faulty({}, ['wasm', 'wasm:2'], {choice: {budgetMs: 0}});
    const model = await open();
    await says({'run wasm': 'crash'});
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await asked(model, i));
    expect(answers.at(-1)).toMatchObject({y: 8, source: 'model', provider: 'wasm:2'});
  });

  test('the same in starts, whose worker is ended for it', async () => {
    // Else what was chosen would be kept, and the other not tried again.
    const notChosen = {choice: {budgetMs: 0}};
    const {model: open} = await faulty({'load wasm': 'memory'}, ['wasm', 'webgpu'], notChosen);
    const visit = async () => {
      const model = await open();
      expect(await asked(model, 1)).toMatchObject({provider: 'webgpu'});
      return model.problems.map(({message}) => message);
    };
    // Noted behind what goes on: one that follows at once may not find it yet.
    await expect.poll(visit, {timeout: 20_000}).toEqual([expect.stringContaining('crashed too often on wasm')]);
  });
});

describe('NaN', () => {
  test('three times in a row gives up the GPU', async () => {
    const {model: open, says} = await faulty({}, ['webgpu', 'wasm']);
    const model = await open();
    await says({'run webgpu': 'nan'});
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await asked(model, i));
    expect(answers.slice(0, 2)).toMatchObject([{reason: 'output_invalid'}, {reason: 'output_invalid'}]);
    expect(answers.at(-1)).toMatchObject({y: 6, source: 'model', provider: 'wasm'});
  });
});

describe('a start that fails', () => {
  test('with one number of threads is made with the next in a new worker', async () => {
    const {model: open} = await faulty({'run wasm': 'nan'}, ['wasm', 'wasm:2'], {choice: {budgetMs: 0}});
    expect(await asked(await open(), 2)).toMatchObject({y: 4, source: 'model', provider: 'wasm:2'});
  });

  test.each(['crash', 'memory', 'poison'])('(%s) on one provider leaves the next one', async kind => {
    const {model: open} = await faulty({'load wasm': kind}, ['wasm', 'webgpu']);
    const model = await open();
    expect(await asked(model, 2)).toMatchObject({y: 4, source: 'model', provider: 'webgpu'});
    expect(model.problems.length).toBeGreaterThan(0);
  });

  test('(without end) leaves the next one after `hangSeconds`', async () => {
    const {model: open} = await faulty({'load wasm': 'loop'}, ['wasm', 'webgpu'], {hangSeconds: 2});
    const model = await open();
    expect(await asked(model, 2)).toMatchObject({y: 4, source: 'model', provider: 'webgpu'});
    expect(model.problems[0]).toMatchObject({
      code: 'worker_lost',
      message: expect.stringMatching(/did not answer within 2 s/) as string,
    });
  });

  test('(without end) is found where the file that looks for it came at a later try only', async () => {
    const lost = vi.spyOn(Runs.prototype, 'control').mockRejectedValue(new KedgeError('network', 'control.js'));
    const {model: open} = await faulty({'load wasm': 'loop'}, ['wasm', 'webgpu'], {hangSeconds: 2});
    const opening = open();
    await expect.poll(() => lost.mock.calls.length).toBeGreaterThan(0);
    lost.mockRestore();
    expect(await asked(await opening, 2)).toMatchObject({y: 4, source: 'model', provider: 'webgpu'});
  });

  test('on every provider leaves the baseline, and the next `model()` tries anew', async () => {
    const {open, says} = await faulty({'load wasm': 'poison'});
    const kedge = await open();
    expect(await asked(await kedge.model('scale', {baseline}), 2)).toMatchObject({
      y: -1,
      reason: 'runtime_unavailable',
    });
    await says({'load wasm': null});
    expect(await asked(await kedge.model('scale', {baseline}), 2)).toMatchObject({...right, y: 4});
  });
});

describe('a worker that died without a word', () => {
  test('before `model()`: it is found by its silence, and a new one goes on', async () => {
    const {open, workers} = await faulty();
    const kedge = await open();
    workers[0]!.terminate();
    expect(await asked(await kedge.model('scale', {baseline}), 2)).toMatchObject({...right, y: 4});
    expect(workers).toHaveLength(2);
  });
});

describe('the GPU device', () => {
  test('destroyed in the middle of runs: they are made again on a new one, and the next is right', async () => {
    const {model: open, workers, destroyDevices} = await faulty({}, ['webgpu']);
    const model = await open();
    expect(await asked(model, 1)).toMatchObject({y: 2, provider: 'webgpu'});
    const pending = Array.from({length: 20}, (_, i) => asked(model, i));
    destroyDevices();
    expect((await Promise.all(pending)).every(({y}, i) => y === 2 * i || y === -1)).toBe(true);
    await expect.poll(async () => asked(model, 5)).toMatchObject({y: 10, source: 'model', provider: 'webgpu'});
    expect(workers.length).toBeGreaterThan(1);
  });

  test('lost again and again leaves WebGPU for WASM', async () => {
    const {model: open, destroyDevices} = await faulty({}, ['webgpu', 'wasm']);
    const model = await open();
    for (let i = 0; i < 3; i++) {
      destroyDevices();
      await pause(100);
      await asked(model, i);
    }
    expect(await asked(model, 5)).toMatchObject({y: 10, source: 'model', provider: 'wasm'});
  });
});

describe('a thousand predictions at once', () => {
  test('with random aborts and a crash in the middle are all settled, and the next is right', async () => {
    const {model: open, workers} = await faulty();
    const model = await open();
    const pending = Array.from({length: 1000}, (_, i) => {
      const controller = new AbortController();
      if (i % 3 === 0) setTimeout(() => controller.abort(new Error('enough')), Math.random() * 30);
      return asked(model, i, {signal: controller.signal});
    });
    setTimeout(() => workers[0]!.dispatchEvent(new ErrorEvent('error', {message: 'crashed'})), 10);
    const settled = await Promise.allSettled(pending);
    for (const [i, answer] of settled.entries()) {
      if (answer.status === 'fulfilled') expect(answer.value.y).toBe(2 * i);
      else expect([i % 3, (answer.reason as Error).message]).toEqual([0, 'enough']);
    }
    expect(await asked(model, 7)).toMatchObject({...right, y: 14});
  });
});

describe('a tab that died', () => {
  const flight = (digest: string, id: string) => ({id, stage: 'start', digest, provider: 'wasm', at: Date.now()});

  test('is told at the next start, once, and twice is too often', async () => {
    const {open, registry} = await faulty({}, ['wasm', 'webgpu']);
    const digest = (await registry.publish('1.0.0', 2)).digest;
    const messages = [];
    for (let visit = 0; visit < 3; visit++) {
      if (visit < 2) noteFlight(flight(digest, `dead-${visit}`));
      const model = await (await open()).model('scale', {baseline});
      messages.push([model.served.executionProvider, ...model.problems.map(({message}) => message)]);
    }
    expect(messages).toEqual([
      ['wasm', expect.stringMatching(/died at its start on wasm/)],
      ['webgpu', expect.stringMatching(/died at its start/), expect.stringMatching(/too often on wasm/)],
      ['webgpu', expect.stringMatching(/too often on wasm/)],
    ]);
    expect(notedFlights()).toEqual([]);
  });

  test('is told without Web Locks, once nothing takes as long', async () => {
    const {open, registry} = await faulty();
    const {digest} = await registry.publish('1.0.0', 2);
    vi.spyOn(navigator.locks, 'query').mockRejectedValue(new DOMException('none here', 'SecurityError'));
    const ago = (minutes: number) => ({...flight(digest, `${minutes}`), at: Date.now() - 60_000 * minutes});
    for (const minutes of [5, 70]) noteFlight(ago(minutes));
    const {problems} = await (await open()).model('scale', {baseline});
    expect(problems.map(({message}) => message)).toEqual([
      expect.stringContaining(`died at its start on wasm at ${new Date(ago(70).at).toISOString().slice(0, 15)}`),
    ]);
    expect(notedFlights()).toEqual(['kedge:flight:5']);
    vi.restoreAllMocks();
  });

  test('twice is remembered by a page whose first model() was aborted', async () => {
    const {open, registry} = await faulty({}, ['wasm', 'webgpu']);
    const digest = (await registry.publish('1.0.0', 2)).digest;
    for (const id of ['dead-1', 'dead-2']) noteFlight({...flight(digest, id), at: Date.now() - 60_000});
    const banned = await (await open()).model('scale', {baseline});
    expect(banned.served.executionProvider).toBe('webgpu');
    for (const afterMs of [0, 5, 20]) {
      const kedge = await open();
      const stop = new AbortController();
      const first = kedge.model('scale', {baseline, signal: stop.signal});
      setTimeout(() => stop.abort(), afterMs);
      await first.catch(() => {});
      expect((await kedge.model('scale', {baseline})).served.executionProvider).toBe('webgpu');
    }
  });

  test('is told apart from one that is at it', async () => {
    const {model: open, registry} = await faulty();
    const digest = (await registry.publish('1.0.0', 2)).digest;
    await navigator.locks.request('kedge:flight:alive', async () => {
      noteFlight(flight(digest, 'alive'));
      expect((await open()).problems).toEqual([]);
    });
    expect(notedFlights()).toEqual(['kedge:flight:alive']);
  });

  test('is told apart from one whose lock comes after its note, and one whose note goes after its lock', async () => {
    const {model: open, registry} = await faulty();
    const digest = (await registry.publish('1.0.0', 2)).digest;
    for (const id of ['begins', 'ends']) noteFlight(flight(digest, id));
    const done = new AbortController();
    const until = () => new Promise<void>(resolve => done.signal.addEventListener('abort', () => resolve()));
    setTimeout(() => {
      void navigator.locks.request('kedge:flight:begins', until);
      localStorage.removeItem('kedge:flight:ends');
    }, 100);
    expect((await open()).problems).toEqual([]);
    expect(notedFlights()).toEqual(['kedge:flight:begins']);
    done.abort();
  });

  test('leaves nothing behind when all went well', async () => {
    const {model: open} = await faulty();
    const model = await open();
    await asked(model, 1);
    expect(notedFlights()).toEqual([]);
  });
});
