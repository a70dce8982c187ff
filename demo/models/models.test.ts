import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {dtypes, Manifest} from '@kedge/core';
import ort from 'onnxruntime-node';
import {describe, expect, it} from 'vitest';
import {drawDigits} from './drawn.mjs';
import {readDigits} from './idx.mjs';
import {preprocess, preprocessVersion} from './preprocess.mjs';
import {openOnnx, openTfjs, predicted, scoreAll, type Score} from './runners.mjs';

const digits = fileURLToPath(new URL('digits', import.meta.url));
const test = readDigits('test');

interface Metadata {
  format?: string;
  inputs: Record<string, object>;
  outputs: Record<string, object>;
}

const versions = [
  {version: '1.0.0', files: ['model.onnx'], entry: 'model.onnx', drawnFloor: 0.88},
  {version: '1.1.0', files: ['model.onnx'], entry: 'model.onnx', drawnFloor: 0.96},
  {version: '1.2.0', files: ['tfjs/model.json', 'tfjs/weights.bin'], entry: 'tfjs/model.json', drawnFloor: 0.96},
];

describe.each(versions)('digits $version', ({version, files, entry, drawnFloor}) => {
  const folder = join(digits, version);
  const open = () => (entry.endsWith('.onnx') ? openOnnx(join(folder, entry)) : openTfjs(join(folder, 'tfjs')));

  it('is at most 500 kB', () => {
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThanOrEqual(500_000);
  });

  it('gives ten probabilities that sum to 1, for one digit and for several', async () => {
    const score = await open();
    const five = await score(test.images.subarray(0, 5 * 784), 5);
    expect(five).toHaveLength(50);
    for (let digit = 0; digit < 5; digit++) {
      const ten = five.subarray(digit * 10, digit * 10 + 10);
      expect(ten.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      expect(Math.min(...ten)).toBeGreaterThanOrEqual(0);
      const alone = await score(test.images.subarray(digit * 784, digit * 784 + 784), 1);
      alone.forEach((share, at) => expect(share).toBeCloseTo(ten[at]!, 5));
    }
  });

  it('reads digits drawn with a brush', async () => {
    const drawn = drawDigits();
    const images = Float32Array.from(drawn.flatMap(({ink, width, height}) => [...preprocess(ink, width, height)!]));
    const answers = predicted(await scoreAll(await open(), images));
    const right = drawn.filter(({digit}, index) => digit === answers[index]).length;
    expect(right / drawn.length).toBeGreaterThanOrEqual(drawnFloor);
  }, 60_000);

  it('has metadata that a manifest takes, and a prior that sums to 1', () => {
    const meta = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Metadata;
    const manifest = Manifest.parse(manifestFrom(meta, version, entry));
    expect(manifest.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(manifest.preprocess?.version).toBe(preprocessVersion);
    expect(manifest.baseline?.['scores']?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(manifest.card?.limits?.length).toBeGreaterThan(2);
    expect(Object.keys(meta.inputs)).toEqual(['image']);
    expect(Object.keys(meta.outputs)).toEqual(['scores']);
  });

  it('tells nothing of the machine it was made on', () => {
    for (const file of [...files, 'model.json', 'CARD.md'])
      expect(readFileSync(join(folder, file), 'latin1')).not.toMatch(/\/(home|root|tmp|work|usr)\//);
  });
});

describe.each(['1.0.0', '1.1.0'])('digits %s in ONNX', version => {
  it('declares the contract', async () => {
    const session = await ort.InferenceSession.create(join(digits, version, 'model.onnx'));
    expect(session.inputMetadata).toMatchObject([{name: 'image', type: 'float32', shape: ['batch', 1, 28, 28]}]);
    expect(session.outputMetadata).toMatchObject([{name: 'scores', type: 'float32', shape: ['batch', 10]}]);
  });
});

describe('digits 1.2.0 in TensorFlow.js', () => {
  it('declares the contract', () => {
    const {modelTopology} = JSON.parse(readFileSync(join(digits, '1.2.0/tfjs/model.json'), 'utf8'));
    const [first] = modelTopology.config.layers;
    expect(first.config).toMatchObject({name: 'image', dtype: 'float32', batch_input_shape: [null, 28, 28, 1]});
    expect(modelTopology.config.output_layers).toEqual([['scores', 0, 0]]);
  });
});

it.each([
  {version: '1.0.0', count: 10_000, floor: 0.915},
  {version: '1.1.0', count: 10_000, floor: 0.985},
])('digits $version is right on at least $floor of $count test digits', async ({version, count, floor}) => {
  expect(await accuracy(await openOnnx(join(digits, version, 'model.onnx')), count)).toBeGreaterThanOrEqual(floor);
});

it('digits 1.2.0 is right on at least 0.985 of 500 test digits', async () => {
  expect(await accuracy(await openTfjs(join(digits, '1.2.0/tfjs')), 500)).toBeGreaterThanOrEqual(0.985);
}, 60_000);

async function accuracy(score: Score, count: number): Promise<number> {
  const answers = predicted(await scoreAll(score, test.images.subarray(0, count * 784)));
  return answers.filter((answer, digit) => answer === test.labels[digit]).length / count;
}

/** What `kedge pack` adds to the metadata, in the smallest form. */
function manifestFrom(meta: Metadata, version: string, entry: string): object {
  const dtype = dtypes[0];
  return {
    ...meta,
    schema: 'kedge.manifest/1',
    model: 'digits',
    version,
    format: meta.format ?? 'onnx',
    entry,
    artifacts: [{path: entry, sha256: '0'.repeat(64), bytes: 0, chunks: []}],
    inputs: [{name: 'image', dtype, shape: ['batch', 1, 28, 28], ...meta.inputs['image']}],
    outputs: [{name: 'scores', dtype, shape: ['batch', 10], ...meta.outputs['scores']}],
    golden: [],
  };
}
