import {readFileSync} from 'node:fs';
import type {TensorData} from '@kedge/client';
import * as ort from 'onnxruntime-node';
import {beforeAll, describe, expect, it} from 'vitest';
import {published} from '../../models/published.mjs';
import {parseWav} from '../../models/wav.mjs';
import type {Asked} from './detector.js';
import {frameMs} from './framer.js';
import {Listening} from './listening.js';

type Feeds = Record<string, {data: TensorData; shape: number[]}>;

/** The published model itself, on Node's runtime. */
async function open(): Promise<Asked> {
  const session = await ort.InferenceSession.create(published.find(({name}) => name === 'voice-activity')!.file());
  const dtypes: Record<string, ort.Tensor.Type> = {input: 'float32', state: 'float32', sr: 'int64'};
  const predict = async (inputs: Feeds) => {
    const feeds = Object.entries(inputs).map(([name, {data, shape}]) => {
      return [name, new ort.Tensor(dtypes[name]!, data as Float32Array, shape)] as const;
    });
    return {outputs: await session.run(Object.fromEntries(feeds))};
  };
  return {predict} as never;
}

const clip = parseWav(readFileSync(new URL('sample.wav', import.meta.url)));

describe('the sample clip, heard by the model itself', () => {
  let model: Asked;
  beforeAll(async () => {
    model = await open();
  }, 60_000);

  async function hear(rate: number, samples: Float32Array, piece: number) {
    const listening = new Listening(model, rate, new AbortController().signal, () => {});
    for (let at = 0; at < samples.length; at += piece) await listening.push(samples.subarray(at, at + piece));
    listening.finish();
    return listening.heard;
  }

  it('has two stretches of speech, where they were put', async () => {
    const {segments, probabilities, dropped} = await hear(clip.rate, clip.samples, clip.rate);
    expect([probabilities.length, dropped]).toEqual([Math.floor(clip.samples.length / 512), 0]);
    expect(segments).toHaveLength(2);
    for (const [i, [start, end]] of [
      [0.9, 2.02],
      [3.12, 4.16],
    ].entries()) {
      expect(Math.abs(segments[i]!.startMs / 1000 - start!)).toBeLessThan(0.15);
      expect(Math.abs(segments[i]!.endMs! / 1000 - end!)).toBeLessThan(0.25);
    }
  });

  it('is heard the same at 48 kHz, in small pieces', async () => {
    const fast = new Float32Array(clip.samples.length * 3).map((_, i) => {
      const [at, part] = [Math.floor(i / 3), (i % 3) / 3];
      return clip.samples[at]! * (1 - part) + (clip.samples[at + 1] ?? 0) * part;
    });
    const {segments} = await hear(48_000, fast, 1024);
    expect(segments).toHaveLength(2);
    expect(Math.abs(segments[0]!.startMs - 900)).toBeLessThan(150);
  });
});

it('leaves out what the model has no time for, and says how much', async () => {
  let answer: (() => void) | undefined;
  const outputs = {output: {data: [0]}, stateN: {data: new Float32Array(256)}};
  const slow: Asked = {predict: () => new Promise(resolve => (answer = () => resolve({outputs} as never)))};
  const controller = new AbortController();
  const listening = new Listening(slow, 16_000, controller.signal, () => {});
  const all = listening.push(new Float32Array(512));
  for (let second = 0; second < 5; second++) void listening.push(new Float32Array(16_000));
  expect(listening.heard.dropped).toBe(Math.floor((5 * 16_000 + 512) / 512) - 1 - Math.floor(3000 / frameMs));
  controller.abort(new Error('enough'));
  answer!();
  await expect(all).rejects.toThrow('enough');
});
