import {errorCodes, KedgeError} from '@kedge/core';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {type Crash, type Crashes, isLooping, readCrashes, withCrash} from './crashes.js';
import {type Action, type Fault, faultOf, inRun, inStart, mayReplace, shareRealm, type Situation} from './machine.js';

const faults: Fault[] = [
  ...(['crash', 'hang', 'memory', 'device', 'runtime', 'storage', 'version', 'output', 'late', 'other'] as const),
];
const fault = fc.constantFrom(...faults);
const count = fc.nat(4);
const situation: fc.Arbitrary<Situation> = fc.record({
  stage: fc.constantFrom('start' as const, 'run' as const),
  pinned: fc.boolean(),
  looping: fc.boolean(),
  others: count,
  previous: fc.boolean(),
  restarts: count,
  repairs: count,
  failures: count,
});

const decide = (what: Fault, at: Situation) => (at.stage === 'start' ? inStart(what, at) : inRun(what, at));

/** What the action leaves of the situation, as those who act on it count. */
function after(action: Action, before: Situation, looping: boolean): Situation {
  const next = {...before, failures: before.failures + 1, looping};
  if (action === 'restart') return {...next, restarts: before.restarts + 1};
  if (action === 'repair') return {...next, repairs: before.repairs + 1};
  if (action === 'unpin') return {...next, pinned: false};
  // In a start the next provider begins anew; a run that goes on elsewhere does not.
  const fresh = before.stage === 'start' ? {restarts: 0, repairs: 0} : {restarts: before.restarts + 1};
  if (action === 'demote') return {...next, ...fresh, others: before.others - 1, looping: false};
  return {...next, restarts: before.restarts + 1, previous: false};
}

describe('the machine', () => {
  test('ends whatever happens, after few tries', () => {
    const course = fc.array(fc.tuple(fault, fc.boolean()), {minLength: 60, maxLength: 60});
    fc.assert(
      fc.property(situation, course, (first, steps) => {
        let now = first;
        for (const [at, [what, looping]] of steps.entries()) {
          const action = decide(what, now);
          if (action === 'baseline') return;
          // Each provider: two repairs, one restart, one binary of its own.
          expect(at).toBeLessThan(5 * (first.others + 2));
          now = after(action, now, looping);
        }
        throw new Error('it did not end');
      }),
    );
  });

  test('gives up no provider when there is no other, and no version twice', () => {
    fc.assert(
      fc.property(fault, situation, (what, at) => {
        const action = decide(what, at);
        if (action === 'demote') expect(at.others).toBeGreaterThan(0);
        if (action === 'previous') expect(at).toMatchObject({stage: 'run', previous: true});
        if (at.stage === 'start') expect(action).not.toBe('previous');
        if (at.stage === 'run') expect(['unpin', 'repair']).not.toContain(action);
      }),
    );
  });

  test('never replaces anything for a deadline', () => {
    fc.assert(fc.property(situation, at => void expect(decide('late', {...at, stage: 'run'})).toBe('baseline')));
  });

  test('asks a provider that crashes in a loop no more', () => {
    const crashes = fc.constantFrom<Fault>('crash', 'hang', 'memory', 'device');
    const looping = situation.map(at => ({...at, looping: true}));
    fc.assert(fc.property(crashes, looping, (what, at) => void expect(decide(what, at)).not.toBe('restart')));
  });

  test('ends a call that has cost eight workers', () => {
    const often = situation.map(at => ({...at, stage: 'run' as const, restarts: 8}));
    fc.assert(fc.property(fault, often, (what, at) => void expect(decide(what, at)).toBe('baseline')));
  });

  test('tries threads for what they may change', () => {
    expect([shareRealm('wasm', 'wasm:2'), shareRealm('wasm', 'wasm'), shareRealm('wasm', 'webgpu')]).toEqual([
      ...[true, false, false],
    ]);
    for (const fault of faults) {
      expect(mayReplace(fault, 'wasm', 'wasm')).toBe(false);
      expect(mayReplace(fault, 'wasm:2', 'wasm')).toBe(fault !== 'output' && fault !== 'memory');
    }
  });

  test('leaves no provider of the CPU for a GPU because of what it answered', () => {
    for (const failed of ['wasm', 'wasm:4', 'cpu'] as const)
      expect(faults.filter(each => !mayReplace(each, failed, 'webgpu'))).toEqual(['output']);
    expect(faults.every(each => mayReplace(each, 'webgpu', 'wasm'))).toBe(true);
  });

  const plain: Situation = {
    ...{stage: 'run', pinned: false, looping: false, others: 1, previous: true},
    ...{restarts: 0, repairs: 0, failures: 1},
  };
  test.each<[string, Fault, Partial<Situation>, Action]>([
    ['a lost worker is replaced, and the run made again', 'crash', {}, 'restart'],
    ['once', 'crash', {restarts: 1}, 'baseline'],
    ['a run without end is not made again', 'hang', {}, 'baseline'],
    ['three of them in a row give up the provider, as where a GPU answers no more', 'hang', {failures: 3}, 'demote'],
    ['memory that was spent beside others is there again in a new worker', 'memory', {}, 'restart'],
    ['what spends it again gets the baseline', 'memory', {restarts: 1, failures: 2}, 'baseline'],
    ['three of them in a row give up the provider', 'memory', {restarts: 1, failures: 3}, 'demote'],
    ['of the last one, nothing', 'memory', {restarts: 1, failures: 3, others: 0}, 'baseline'],
    ['NaN is answered by the baseline', 'output', {failures: 2}, 'baseline'],
    ['three of them in a row give up the provider', 'output', {failures: 3}, 'demote'],
    ['of the last one, the version', 'output', {failures: 3, others: 0}, 'previous'],
    ['a run that the model refuses is no matter of providers', 'version', {failures: 3}, 'previous'],
    ['a pinned binary that does not start gives way to the app’s', 'runtime', {stage: 'start', pinned: true}, 'unpin'],
    ['that is tried once more in a new worker', 'runtime', {stage: 'start'}, 'restart'],
    ['and then the next provider', 'runtime', {stage: 'start', restarts: 1}, 'demote'],
    ['a start that did not answer is not waited for again', 'hang', {stage: 'start'}, 'demote'],
    ['what is wrong in the store is fetched again', 'storage', {stage: 'start', repairs: 1}, 'repair'],
    ['twice', 'storage', {stage: 'start', repairs: 2}, 'demote'],
    ['wrong golden outputs give up the provider', 'version', {stage: 'start'}, 'demote'],
  ])('%s', (_, what, change, action) => expect(decide(what, {...plain, ...change})).toBe(action));
});

describe('a fault', () => {
  test('is read from every code', () => {
    for (const code of errorCodes) expect(faults).toContain(faultOf(new KedgeError(code, 'x')));
  });

  test.each<[Fault, KedgeError]>([
    ['memory', new KedgeError('runtime_unavailable', 'onnxruntime stopped working: Array buffer allocation failed')],
    ['memory', new KedgeError('worker_lost', 'Uncaught RangeError: WebAssembly.Memory(): out of memory')],
    ['device', new KedgeError('worker_lost', 'the onnx worker stopped: Uncaught Error: the GPU device was lost: gone')],
    ['hang', new KedgeError('worker_lost', 'no answer', {cause: new KedgeError('deadline_exceeded', '60 s')})],
    ['runtime', new KedgeError('worker_lost', 'the onnx worker stopped: it could not be loaded')],
    ['crash', new KedgeError('worker_lost', 'the onnx worker stopped: Uncaught TypeError')],
    ['memory', new KedgeError('model_invalid', 'run failed: Invalid typed array length: 8589934592')],
    ['version', new KedgeError('model_invalid', 'run failed: an operator is unknown')],
  ])('%s', (fault, error) => expect(faultOf(error)).toBe(fault));
});

describe('a crash loop', () => {
  const at = 1e12;
  const crash = (after: number, died = false): Crash => ({at: at + after, died});
  test.each<[string, Crash[], number, boolean]>([
    ['two crashes are none', [crash(0), crash(1)], 2, false],
    ['three within a minute are one', [crash(0), crash(1), crash(59_000)], 60_000, true],
    ['three over a longer time are none', [crash(0), crash(1), crash(61_000)], 61_000, false],
    ['it is forgotten after a day', [crash(0), crash(1), crash(2)], 86_400_100, false],
    ['two tabs that died are one', [crash(0, true), crash(3_600_000, true)], 3_600_001, true],
    ['one tab that died is none', [crash(0, true), crash(1)], 3, false],
  ])('%s', (_, crashes, now, loop) => {
    const noted = crashes.reduce((all, each) => withCrash(all, 'wasm', each), {} as Crashes);
    expect(isLooping(noted.wasm, at + now)).toBe(loop);
    expect(isLooping(noted.webgpu, at + now)).toBe(false);
  });

  test('whatever was stored reads as crashes', () => {
    fc.assert(fc.property(fc.anything(), value => void Object.values(readCrashes(value)).map(c => isLooping(c, at))));
    expect(readCrashes({wasm: [{at: 1, died: true}], webgpu: [3]})).toEqual({wasm: [{at: 1, died: true}]});
  });
});
