import fc from 'fast-check';
import type {Manifest} from '@kedge/core';
import * as ort from 'onnxruntime-web/wasm';
import {describe, expect, test} from 'vitest';
import {doubler, scaledFiles} from '../../testing/doubler.js';
import {weighty} from '../../testing/weighty.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';
import {withWeightsOutside} from './weights.js';

const size = 700;

/** The same for the same seed. */
function matrix(seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return new Float32Array(size * size).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 32 / Math.sqrt(size);
  });
}

const [first, second, third] = [matrix(1), matrix(2), matrix(3)];
/** 5.9 MB: large enough to be copied once. */
const file = weighty([first, second, third]);
const x = matrix(4).slice(0, 2 * size);
const manifest = {...{model: 'large', version: '1.0.0', entry: 'model.onnx'}, outputs: [{name: 'y'}]} as Manifest;

describe('a large model in one file', () => {
  test('answers to the bit what it answers when the runtime reads it whole', async () => {
    const session = await onnxRuntime(ortWeb).load(manifest, new Map([['model.onnx', file]]), 'wasm');
    const {y} = await session.run({x: {dtype: 'float32', shape: [2, size], data: x}});
    await session.release();
    const whole = await ort.InferenceSession.create(file, {executionProviders: ['wasm']});
    const expected = await whole.run({x: new ort.Tensor('float32', x, [2, size])});
    await whole.release();
    expect(y).toEqual({dtype: 'float32', shape: [2, size], data: expected.y!.data});
    expect(new Set(y!.data as Float32Array).size).toBeGreaterThan(size);
  });

  test('is read without its weights, which name their place in it', async () => {
    const light = withWeightsOutside(file, 'itself')!;
    expect(light.length).toBeLessThan(1000);
    const others = [{path: 'itself', data: file}];
    const session = await ort.InferenceSession.create(light, {executionProviders: ['wasm'], externalData: others});
    await session.release();
    // What they name is what is read: another file gives other numbers, or none.
    await expect(ort.InferenceSession.create(light, {executionProviders: ['wasm']})).rejects.toThrow();
  });

  test('that ends too early, or is none, is left to the runtime to refuse', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), end => {
        const light = withWeightsOutside(file.subarray(0, end), 'itself');
        expect(light === undefined || light.length <= end).toBe(true);
      }),
      {numRuns: 50},
    );
    fc.assert(fc.property(fc.uint8Array({maxLength: 300}), bytes => void withWeightsOutside(bytes, 'itself')));
    expect(withWeightsOutside(new Uint8Array(0), 'itself')).toBeUndefined();
  });

  test('is refused when it is broken, by the runtime’s own words', async () => {
    const broken = new Map([['model.onnx', file.subarray(0, file.length - 5)]]);
    await expect(onnxRuntime(ortWeb).load(manifest, broken, 'wasm')).rejects.toMatchObject({code: 'model_invalid'});
  });
});

test('a model of small weights, and one whose weights lie outside already, are left as they are', () => {
  expect(withWeightsOutside(doubler(2), 'itself')).toBeUndefined();
  expect(withWeightsOutside(scaledFiles(2, './weights/s.bin').get('model.onnx')!, 'itself')).toBeUndefined();
});
