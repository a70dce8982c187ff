import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {canonicalJson, Manifest} from '@kedge/core';
import {describe, expect, it} from 'vitest';
import {digitsModel, file, folder, readJson, testDigits, tfjsModel} from '../../testing/fixtures.js';
import {packModel, type PackOptions} from './pack-model.js';

const base = (registry: string): PackOptions => ({
  ...{registry, name: 'digits', version: '1.0.0', ...digitsModel('1.0.0')},
  ...{validation: testDigits, limit: 200, runtimeFiles: false},
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a packed ONNX version', () => {
  it('is what its files say, under the address of its canonical bytes', async () => {
    const registry = folder();
    const {address, manifest, bytes} = await packModel(base(registry));
    const text = readFileSync(`${registry}/manifests/${address}.json`);
    expect(sha256(text)).toBe(address);
    expect(text.toString()).toBe(canonicalJson(manifest));
    expect(Manifest.parse(JSON.parse(text.toString()))).toEqual(manifest);
    expect(manifest.inputs).toMatchObject([
      {name: 'image', dtype: 'float32', shape: ['batch', 1, 28, 28], range: [0, 1]},
    ]);
    expect(manifest.outputs).toMatchObject([{name: 'scores', dtype: 'float32', shape: ['batch', 10]}]);
    for (const {sha256: digest} of manifest.artifacts)
      expect(sha256(readFileSync(`${registry}/blobs/${digest}`))).toBe(digest);
    expect(bytes).toBe(manifest.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0));
    expect(readdirSync(`${registry}/blobs`)).toHaveLength(2);
  });

  it('expects what the model really scores, and holds the drift reference of the same data', async () => {
    const {manifest} = await packModel(base(folder()));
    const {expected, reference, golden} = manifest;
    expect(expected!.dataset.examples).toBe(200);
    expect(expected!.accuracy).toBeGreaterThan(0.85);
    expect(expected!.metrics['logLoss']).toBeGreaterThan(0);
    const count = (counts: number[]) => counts.reduce((sum, one) => sum + one, 0);
    expect(count(reference!.inputs['image']!.counts)).toBe(200 * 784);
    expect(count(reference!.outputs['scores']!.counts)).toBe(200 * 10);
    expect(count(reference!.predicted!)).toBe(200);
    expect(golden).toHaveLength(10);
  });

  it('has one golden vector of each digit, with the pixels as the model takes them', async () => {
    const registry = folder();
    const {manifest} = await packModel(base(registry));
    const artifact = manifest.artifacts.find(({path}) => path === 'golden.bin')!;
    const bytes = new Uint8Array(readFileSync(`${registry}/blobs/${artifact.sha256}`));
    const answers = manifest.golden.map(({inputs, outputs}) => {
      const [image, scores] = [inputs['image']!, outputs['scores']!];
      const pixels = new Float32Array(bytes.slice(image.offset, image.offset + image.bytes).buffer);
      expect([image.shape, Math.min(...pixels), Math.max(...pixels) <= 1, pixels.length]).toEqual([
        [1, 1, 28, 28],
        0,
        true,
        784,
      ]);
      const values = new Float32Array(bytes.slice(scores.offset, scores.offset + scores.bytes).buffer);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      return values.indexOf(Math.max(...values));
    });
    expect(new Set(answers).size).toBeGreaterThanOrEqual(8);
  });

  it('has the same address every time, and shares what another version has', async () => {
    const registry = folder();
    const first = await packModel(base(registry));
    expect((await packModel(base(registry))).address).toBe(first.address);
    const again = await packModel({...base(registry), version: '1.0.1'});
    expect(again.address).not.toBe(first.address);
    expect([first.reusedBytes, again.reusedBytes]).toEqual([0, again.bytes]);
  });

  it('says what it lacks without validation data', async () => {
    const {validation: _, ...options} = base(folder());
    const {manifest, notes} = await packModel(options);
    expect([manifest.golden, manifest.expected, manifest.artifacts.length]).toEqual([[], undefined, 1]);
    expect(notes).toEqual([expect.stringMatching(/no validation data was given: no golden vectors/)]);
  });

  it('takes the same examples as NDJSON', async () => {
    const registry = folder();
    const lines = Array.from({length: 20}, (_, i) => {
      const image = Array.from({length: 784}, (__, pixel) => ((pixel * 7 + i * 31) % 256) / 255);
      return JSON.stringify({inputs: {image}, label: String(i % 10)});
    });
    const {manifest} = await packModel({
      ...base(registry),
      validation: {ndjson: file(registry, 'v.ndjson', lines.join('\n'))},
    });
    expect(manifest.expected!.dataset).toMatchObject({name: 'v.ndjson', examples: 20});
  });
});

describe('a tfjs layers model', () => {
  it('is asked for its shapes, run for its golden vectors, and packed with its weights', async () => {
    const {manifest} = await packModel({...base(folder()), ...tfjsModel, version: '1.2.0', limit: 40});
    expect(manifest).toMatchObject({format: 'tfjs-layers', entry: 'model.json'});
    expect(manifest.artifacts.map(({path}) => path)).toEqual(['model.json', 'weights.bin', 'golden.bin']);
    expect(manifest.inputs).toMatchObject([{name: 'image', shape: ['batch', 28, 28, 1]}]);
    expect(manifest.golden).toHaveLength(10);
    expect(manifest.expected!.accuracy).toBeGreaterThan(0.9);
  });

  it('names the weights that are missing', async () => {
    const dir = folder();
    const model = file(dir, 'model.json', readFileSync(tfjsModel.model));
    await expect(packModel({...base(dir), ...tfjsModel, model})).rejects.toThrow(
      /weights: there is no file .*weights\.bin/,
    );
  });
});

describe('a tfjs graph model', () => {
  const float = {type: 'DT_FLOAT'};
  const dims = (...sizes: string[]) => ({dim: sizes.map(size => ({size}))});
  const nodes = [
    {name: 'x', op: 'Placeholder', attr: {dtype: float, shape: {shape: dims('-1', '2')}}},
    {name: 'k', op: 'Const', attr: {dtype: float, value: {tensor: {dtype: 'DT_FLOAT', tensorShape: dims('1')}}}},
    {name: 'y', op: 'Mul', input: ['x', 'k'], attr: {T: float}},
  ];
  const json = {
    modelTopology: {node: nodes, library: {}, versions: {producer: 1482}},
    weightsManifest: [{paths: ['k.bin'], weights: [{name: 'k', shape: [1], dtype: 'float32'}]}],
  };
  const packed = (outputs: object) => {
    const dir = folder();
    file(dir, 'k.bin', new Uint8Array(Float32Array.of(3).buffer));
    const runtime = {package: '@tensorflow/tfjs-converter', version: '4.22.0'};
    const meta = {task: 'classification', format: 'tfjs-graph', classes: ['a', 'b'], outputs, runtime};
    const examples = Array.from({length: 12}, (_, i) =>
      JSON.stringify({inputs: {x: [i % 2, 0.5]}, label: i % 2 ? 'a' : 'b'}),
    );
    return packModel({
      ...{registry: dir, name: 'triple', version: '1.0.0'},
      model: file(dir, 'model.json', JSON.stringify(json)),
      meta: file(dir, 'meta.json', JSON.stringify(meta)),
      validation: {ndjson: file(dir, 'v.ndjson', examples.join('\n'))},
    });
  };

  it('is asked for what it says, run for its golden vectors, and packed', async () => {
    const {manifest} = await packed({y: {shape: ['batch', 2]}});
    expect(manifest.inputs).toEqual([{name: 'x', dtype: 'float32', shape: ['batch', 2]}]);
    expect(manifest.outputs).toEqual([{name: 'y', dtype: 'float32', shape: ['batch', 2]}]);
    expect([manifest.golden.length, manifest.expected?.accuracy]).toEqual([10, 1]);
  });

  it('must be told the shapes that it leaves out, and another dtype than its own is refused', async () => {
    await expect(packed({})).rejects.toThrow(/--meta: y\.shape: .*does not say it/);
    const wrong = packed({y: {shape: ['batch', 2], dtype: 'int32'}});
    await expect(wrong).rejects.toThrow(/outputs\.y\.dtype: expected float32 .*got int32/);
  });
});

describe('refusals, which leave no manifest behind', () => {
  const meta = readJson(digitsModel('1.0.0').meta);
  const withMeta = (dir: string, change: object) => ({
    meta: file(dir, 'meta.json', JSON.stringify({...meta, ...change})),
  });
  const onnx = readFileSync(digitsModel('1.0.0').model);

  it.each<[string, (dir: string) => Partial<PackOptions>, RegExp]>([
    ['a missing model', dir => ({model: `${dir}/none.onnx`}), /MODEL: there is no file .*none\.onnx/],
    [
      'a truncated model',
      dir => ({model: file(dir, 'cut.onnx', onnx.subarray(0, 9000))}),
      /cut\.onnx \(9000 bytes\): expected an ONNX model/,
    ],
    [
      'HTML instead of a model',
      dir => ({model: file(dir, 'm.onnx', '<!doctype html>')}),
      /m\.onnx \(15 bytes\): expected an ONNX model/,
    ],
    ['a missing field', dir => withMeta(dir, {task: undefined}), /--meta .*meta\.json.*task/],
    ['a misspelt field', dir => withMeta(dir, {clases: []}), /--meta .*: clases: no such field/],
    [
      'a misspelt field inside',
      dir => withMeta(dir, {golden: {count: 1, absolute: 0, relativ: 0}}),
      /golden\.relativ: no such field/,
    ],
    [
      'an input that the model has not',
      dir => withMeta(dir, {inputs: {imgae: {}}}),
      /inputs\.imgae: .*has no such input; it has image/,
    ],
    [
      'another shape',
      dir => withMeta(dir, {inputs: {image: {shape: ['batch', 3, 28, 28]}}}),
      /inputs\.image\.shape: expected float32\[batch, 1, 28, 28\]/,
    ],
    [
      'another dtype',
      dir => withMeta(dir, {inputs: {image: {dtype: 'uint8'}}}),
      /inputs\.image\.dtype: expected float32/,
    ],
    [
      'a short baseline',
      dir => withMeta(dir, {baseline: {scores: [1]}}),
      /baseline\.scores: expected 10 numbers, got 1/,
    ],
    [
      'a baseline of no output',
      dir => withMeta(dir, {baseline: {score: [1]}}),
      /baseline\.score: the model has no such output; it has scores/,
    ],
    ['a bad version', () => ({version: 'one'}), /version: expected a semantic version/],
    ['a bad name', () => ({name: 'Digits!'}), /model: expected lower-case/],
    [
      'data of another size',
      dir => ({validation: {ndjson: file(dir, 'v', '{"inputs":{"image":[1,2]},"label":0}')}}),
      /input image: expected float32\[batch, 1, 28, 28\], 784 values an example, got float64\[2\], 2 values/,
    ],
    [
      'a label that is no class',
      dir => ({
        validation: {ndjson: file(dir, 'v', JSON.stringify({inputs: {image: new Array(784).fill(0)}, label: 'ten'}))},
      }),
      /label 0: expected a class index below 10 or one of 0, 1.*got "ten"/,
    ],
  ])('%s', async (_, change, message) => {
    const dir = folder();
    await expect(packModel({...base(dir), ...change(dir)})).rejects.toThrow(message);
    expect(readdirSync(dir)).not.toContain('manifests');
  });
});
