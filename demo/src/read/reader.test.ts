import {readFileSync} from 'node:fs';
import type {Tensor} from '@kedge/client';
import * as ort from 'onnxruntime-node';
import {beforeAll, describe, expect, it} from 'vitest';
import {parsePgm} from '../../models/pgm.mjs';
import {published, withFiles} from '../../models/published.mjs';
import type {Picture} from './picture.js';
import {type Asked, read} from './reader.js';

/** The published model itself, on Node's runtime. */
async function open(name: string): Promise<Asked> {
  const model = published.find(one => one.name === name)!;
  return withFiles(model, async files => {
    const session = await ort.InferenceSession.create(files.model);
    const meta = JSON.parse(readFileSync(files.meta, 'utf8')) as {classes?: string[]};
    const predict = async (inputs: Record<string, {data: Float32Array; shape: number[]}>) => {
      const {data, shape} = inputs['x']!;
      const answer = await session.run({x: new ort.Tensor('float32', data, shape)});
      const {data: found, dims} = Object.values(answer)[0]!;
      const output: Tensor = {dtype: 'float32', shape: [...dims], data: found as Float32Array<ArrayBuffer>};
      return {outputs: {out: output}};
    };
    return {manifest: {inputs: [{name: 'x'}], ...(meta.classes && {classes: meta.classes})}, predict} as never;
  });
}

/** As a canvas would give it. */
function pictureOf(file: string): Picture {
  const {width, height, grey} = parsePgm(readFileSync(new URL(`../../models/${file}`, import.meta.url)));
  const rgba = new Uint8ClampedArray(width * height * 4);
  grey.forEach((value, at) => rgba.set([value, value, value, 255], at * 4));
  return {width, height, rgba};
}

describe('a line of text that leans', () => {
  let models: {detection: Asked; recognition: Asked};
  const picture = pictureOf('text-detection/line.pgm');
  const same = () => picture;

  beforeAll(async () => {
    models = {detection: await open('text-detection'), recognition: await open('text-recognition')};
  }, 60_000);

  it('is found and read by the models themselves', async () => {
    const seen: [number, number][] = [];
    const lines = await read(models, picture, same, {
      signal: new AbortController().signal,
      onProgress: ({boxes, done}) => seen.push([boxes.length, done]),
    });
    expect(lines.map(({text}) => text)).toEqual(['Anchor 2026']);
    expect(lines[0]!.score).toBeGreaterThan(0.9);
    expect(lines[0]!.boxes[0]!.along.y).toBeLessThan(-0.03);
    expect(seen[0]![1]).toBe(0);
    expect(seen.at(-1)![1]).toBe(seen[0]![0]);
  });

  it('is nothing on an empty sheet', async () => {
    const empty = {width: 320, height: 96, rgba: new Uint8ClampedArray(320 * 96 * 4).fill(255)};
    const lines = await read(models, empty, () => empty, {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    expect(lines).toEqual([]);
  });
});
