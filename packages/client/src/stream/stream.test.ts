import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {onCopy} from '../../testing/on-copy.js';
import {TestRegistry} from '../../testing/registry.js';
import {frameSamples, voiceFrames} from '../../testing/voice.js';
import type {StreamOptions} from './api.js';

beforeEach(() => localStorage.removeItem('kedge:flight'));
afterEach(async () => {
  vi.unstubAllGlobals();
  await closeAll();
});

/** `y = 2 x`, its output the next input. */
const doubling: StreamOptions = {state: {x: 'y'}, initial: {x: Float32Array.of(1)}};

async function device(change: Partial<Manifest> = {baseline: undefined}) {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change})]));
  const faulty = faultyRuntime();
  const kedge = await client(registry, {runtimes: [faulty.runtime], pollSeconds: 0});
  return {...faulty, model: await kedge.model('scale')};
}

async function doubled(change?: Partial<Manifest>) {
  const {model, ...rest} = await device(change);
  const stream = await model.stream(doubling);
  const next = async (options = {}) => {
    const {outputs, state} = await stream.predict({}, options);
    return [outputs.y!.data[0], state];
  };
  return {...rest, model, stream, next};
}

test('Silero VAD hears in the browser what it hears in onnxruntime-node, frame after frame', async () => {
  const spec = (name: string, dtype: 'float32' | 'int64', shape: (number | string)[]) => ({name, dtype, shape});
  const files = new Map([['vad.onnx', new Uint8Array(await (await fetch('/voice/model.onnx')).arrayBuffer())]]);
  const change: Partial<Manifest> = {
    golden: [],
    baseline: undefined,
    inputs: [
      spec('input', 'float32', [1, frameSamples]),
      spec('state', 'float32', [2, 1, 128]),
      spec('sr', 'int64', []),
    ],
    outputs: [spec('output', 'float32', [1, 1]), spec('stateN', 'float32', [2, 1, 128])],
  };
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 1, {files, change})]));
  const model = await (await client(registry)).model('scale');
  const stream = await model.stream({state: {state: 'stateN'}});
  const sr = BigInt64Array.of(16_000n);
  const frames = voiceFrames(40);
  // One array for all, as a microphone gives them: nobody waits for an answer before the next frame.
  const input = new Float32Array(frameSamples);
  const answers = await Promise.all(
    frames.map(frame => {
      input.set(frame);
      return stream.predict({input, sr});
    }),
  );
  const expected = (await (await fetch('/voice/expected?count=40')).json()) as {output: number; state: number[]}[];
  for (const [i, {outputs, state}] of answers.entries()) {
    expect(state).toBe(i ? 'carried' : 'initial');
    expect(Math.abs(Number(outputs.output!.data[0]) - expected[i]!.output)).toBeLessThan(1e-4);
    const off = expected[i]!.state.map((value, at) => Math.abs(value - Number(outputs.stateN!.data[at])));
    expect(Math.max(...off)).toBeLessThan(1e-4);
  }
  // Else equal numbers would prove little.
  const heard = expected.map(({output}) => output);
  expect(Math.max(...heard) - Math.min(...heard)).toBeGreaterThan(0.01);
});

describe('the order', () => {
  test('is that of the calls, and a reset has its place in it', async () => {
    const {stream, next} = await doubled();
    const before = [next(), next(), next()];
    stream.reset();
    expect(await Promise.all([...before, next(), next()])).toEqual([
      [2, 'initial'],
      [4, 'carried'],
      [8, 'carried'],
      [2, 'initial'],
      [4, 'carried'],
    ]);
  });

  test('of two streams is their own, and what the caller does with an output changes nothing', async () => {
    const {model, stream, next} = await doubled();
    const other = await model.stream(doubling);
    const {outputs} = await stream.predict({});
    (outputs.y!.data as Float32Array).fill(0);
    await other.predict({});
    expect(await next()).toEqual([4, 'carried']);
  });
});

describe('what fails leaves the state as before', () => {
  test('a run that the caller aborts, while it waits or is computed', async () => {
    const {next, says} = await doubled();
    await next();
    await says({'run wasm': 'slow 400'});
    const stop = new AbortController();
    const calls = [next({signal: stop.signal}), next({signal: stop.signal})];
    setTimeout(() => stop.abort('enough'), 100);
    expect(await Promise.allSettled(calls)).toEqual(Array(2).fill({status: 'rejected', reason: 'enough'}));
    expect(await next()).toEqual([4, 'carried']);
  });

  test('a run past its deadline, which says so', async () => {
    const {next, says} = await doubled();
    await next();
    await says({'run wasm': 'slow 400'});
    const late = await Promise.allSettled([next({deadlineMs: 100}), next({deadlineMs: 50})]);
    for (const result of late)
      expect(result).toMatchObject({
        reason: {code: 'deadline_exceeded', message: expect.stringContaining('the state of the stream is as before')},
      });
    await says({'run wasm': null});
    expect(await next()).toEqual([4, 'carried']);
  });

  test('an answer of the baseline', async () => {
    const {next, says} = await doubled({});
    await next();
    await says({'run wasm': 'nan'});
    expect(await next()).toEqual([0.5, 'kept']);
    await says({'run wasm': null});
    expect(await next()).toEqual([4, 'carried']);
  });

  test('a worker that is lost: the next one goes on with it', async () => {
    const {next, says, workers} = await doubled();
    await next();
    await says({'run wasm': 'crash'});
    const lost = next();
    await expect.poll(() => workers.length).toBe(2);
    await says({'run wasm': null});
    await lost.catch(() => {});
    const [value, state] = await next();
    expect([4, 8]).toContain(value);
    expect(state).toBe('carried');
  });
});

describe('misuse', () => {
  test.each([
    [{state: {z: 'y'}}, /no tensor z, expected one of x/],
    [{state: {x: 'z'}}, /no tensor z, expected one of y/],
    [{state: {x: 'y'}}, /the size of batch in x, .* is not known; give initial/],
    [{state: {}, initial: {x: Float32Array.of(1)}}, /initial\.x is no input/],
    [null as never, /stream of scale: state must name inputs and outputs/],
    [{} as never, /stream of scale: state must name inputs and outputs/],
  ])('%j', async (options: StreamOptions, message) => {
    const {model} = await device();
    await expect(model.stream(options)).rejects.toThrow(message);
  });

  test.each([
    [{signal: {}}, /stream.predict: signal must be an AbortSignal/],
    [{deadlineMs: 'x'}, /stream.predict: deadlineMs must be a number, got "x"/],
  ])('a call with %j', async (options, message) => {
    const {stream} = await doubled();
    const answer = stream.predict({}, options as never);
    await expect(answer).rejects.toThrow(message);
    await expect(answer).rejects.toBeInstanceOf(TypeError);
  });

  const gone = new Float32Array(1);
  structuredClone(gone, {transfer: [gone.buffer]});
  const throwing = {
    get data(): never {
      throw new Error('mine');
    },
  };

  test.each<[string, unknown, RegExp]>([
    [
      'a buffer that was given away',
      {x: gone},
      /input x: expected float32\[batch, 1\], got a Float32Array whose buffer/,
    ],
    ['a DataView', {x: new DataView(new ArrayBuffer(4))}, /input x: expected float32\[batch, 1\], got a DataView/],
    ['what throws where it is read', {x: throwing}, /reading the inputs: mine/],
    ['no inputs', null, /expected inputs by name \(x\), got null/],
    ['an array', Float32Array.of(1), /expected inputs by name \(x\), got a Float32Array/],
  ])('%s, of a stream that carries nothing', async (_, inputs, message) => {
    const {model} = await device();
    const stream = await model.stream({state: {}});
    const answer = stream.predict(inputs as never);
    await expect(answer).rejects.toThrow(message);
    await expect(answer).rejects.toMatchObject({code: 'input_invalid'});
    await expect(stream.predict({x: Float32Array.of(2)})).resolves.toMatchObject({state: 'initial'});
  });

  test.each(['alone', 'with its shape'])('more than a call may have, %s, of which no copy is made', async how => {
    const {model} = await device();
    const stream = await model.stream({state: {}});
    const copied = vi.fn();
    const data = onCopy(new Float32Array(2 ** 26 + 1), copied);
    const x = how === 'alone' ? data : {data, shape: [data.length, 1]};
    await expect(stream.predict({x})).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining('expected at most 256 MiB for one call') as string,
    });
    expect(copied).not.toHaveBeenCalled();
    await stream.predict({x: onCopy(Float32Array.of(2), copied)});
    expect(copied).toHaveBeenCalledOnce();
  });

  test('a buffer that was given away, as the first state', async () => {
    const {model} = await device();
    const stream = await model.stream({state: {x: 'y'}, initial: {x: gone}});
    await expect(stream.predict({})).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining('got a Float32Array whose buffer was transferred') as string,
    });
  });

  test('an input that the stream carries', async () => {
    const {stream} = await doubled();
    await expect(stream.predict({x: Float32Array.of(1)})).rejects.toThrow('x is carried by the stream; leave it out');
  });

  test('a closed stream', async () => {
    const {stream, model} = await doubled();
    stream.close();
    await expect(stream.predict({})).rejects.toMatchObject({code: 'closed'});
    await expect(model.predict({x: Float32Array.of(1)})).resolves.toBeDefined();
  });
});
