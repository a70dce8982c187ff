import {readFileSync, writeFileSync} from 'node:fs';
import {gzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {file, folder, pseudoRandom} from '../../testing/fixtures.js';
import {encode, onnxModel, tuned, weights} from '../../../../scripts/onnx-model.mjs';
import {patchedDigest} from '../patch/apply-file.js';
import {verifyVersion} from '../verify/verify-version.js';
import {packModel, type PackOptions} from './pack-model.js';

type Type = Parameters<typeof encode>[1];

const side = 512;
const layerOf = (values: Float32Array, type: Type) => ({
  ...{rows: side, columns: values.length / side, type, data: encode(values, type)},
});
const modelOf = (layers: Float32Array[], type: Type) => onnxModel(layers.map(values => layerOf(values, type)));
const body = () => [1, 2, 3].map(seed => weights(side * side, seed));

/** Packs models one after another, each with patches from the ones before that `from` names. */
function packer() {
  const registry = folder();
  const meta = file(registry, 'meta.json', JSON.stringify({task: 'other'}));
  const pack = (version: string, bytes: Uint8Array, more: Partial<PackOptions> = {}) =>
    packModel({
      ...{model: file(folder(), 'model.onnx', bytes), name: 'm', version, meta, registry},
      ...{run: false, runtimeFiles: false, ...more},
    });
  return {registry, pack};
}

async function update(before: Uint8Array, after: Uint8Array) {
  const {registry, pack} = packer();
  await pack('1.0.0', before);
  const packed = await pack('1.1.0', after, {from: ['1.0.0']});
  return {registry, ...packed, update: packed.updates[0]!};
}

describe('a fine-tune', () => {
  it.each<[Type, number]>([
    ['int8', 0.1],
    ['float16', 0.3],
    ['bfloat16', 0.2],
    ['float32', 0.6],
  ])('of %s comes as a patch of at most %d of the model, where chunks save nothing', async (type, share) => {
    const before = body();
    const after = before.map((values, i) => tuned(values, 1e-3, 10 + i));
    const {registry, manifest, update: cost} = await update(modelOf(before, type), modelOf(after, type));
    expect(cost.missingBytes / cost.bytes).toBeGreaterThan(0.95);
    expect(cost.fetchedBytes / cost.bytes).toBeLessThan(share);
    const [patch] = manifest.patches!;
    expect(cost).toMatchObject({from: '1.0.0', patches: [{artifact: 'model.onnx', bytes: patch!.bytes}]});
    const blob = (digest: string) => `${registry}/blobs/${digest}`;
    const [artifact] = manifest.artifacts;
    expect(await patchedDigest(blob(patch!.base), blob(patch!.sha256), artifact!.bytes)).toBe(artifact!.sha256);
    expect((await verifyVersion({reference: 'm@1.1.0', registry})).failures).toEqual([]);
  });

  it('whose model says no more than its bytes still saves what is the same', async () => {
    const before = pseudoRandom(600_000);
    const after = before.slice();
    for (let i = 0; i < after.length; i += 5000) after[i]! ^= 1;
    const {pack} = packer();
    const shard = (bytes: Uint8Array) => {
      const dir = folder();
      file(dir, 'w.bin', bytes);
      const manifest = [{paths: ['w.bin'], weights: [{name: 's', shape: [1], dtype: 'string'}]}];
      return file(dir, 'model.json', JSON.stringify({modelTopology: {}, weightsManifest: manifest}));
    };
    const tensor = {shape: [1]};
    const meta = file(
      folder(),
      'meta.json',
      JSON.stringify({
        ...{task: 'other', format: 'tfjs-graph', inputs: {x: tensor}, outputs: {y: tensor}},
        runtime: {package: '@tensorflow/tfjs', version: '4.22.0'},
      }),
    );
    await pack('1.0.0', before, {meta, model: shard(before)});
    const {updates} = await pack('1.1.0', after, {meta, model: shard(after), from: ['1.0.0']});
    expect(updates[0]!.fetchedBytes / updates[0]!.bytes).toBeLessThan(0.03);
  });
});

describe('a head trained anew', () => {
  it.each([
    ['of 1 MiB', 512, 1.1],
    ['of 8 KiB', 4, 1.2],
  ])('%s costs about itself', async (_, columns, most) => {
    const before = [...body(), weights(side * columns, 9)];
    const after = [...before.slice(0, -1), weights(side * columns, 99)];
    const {update: cost} = await update(modelOf(before, 'float32'), modelOf(after, 'float32'));
    expect(cost.fetchedBytes / (side * columns * 4)).toBeLessThan(most);
  });

  it('of 1 MiB costs about itself by chunks alone: a large tensor shares no chunk with its neighbours', async () => {
    const before = [...body(), weights(side * side, 9)];
    const after = [...before.slice(0, -1), weights(side * side, 99)];
    const {update: cost} = await update(modelOf(before, 'float32'), modelOf(after, 'float32'));
    expect(cost.missingBytes / (side * side * 4)).toBeLessThan(1.02);
  });

  it('in the middle costs about itself as well', async () => {
    const before = body();
    const after = before.with(1, weights(side * side, 99));
    const {update: cost} = await update(modelOf(before, 'float32'), modelOf(after, 'float32'));
    expect(cost.missingBytes / (side * side * 4)).toBeLessThan(1.02);
  });
});

describe('what a patch copies', () => {
  it('a tensor under another name, and layers that moved', async () => {
    const layers = body();
    const moved = [weights(side * side, 50), ...layers];
    const {update: cost} = await update(modelOf(layers, 'int8'), modelOf(moved, 'int8'));
    expect(cost.fetchedBytes / (side * side)).toBeLessThan(1.1);
  });

  it('nothing, when nothing is missing', async () => {
    const model = modelOf(body(), 'int8');
    const {manifest, update: cost} = await update(model, model);
    expect([cost.missingBytes, cost.fetchedBytes, manifest.patches]).toEqual([0, 0, undefined]);
  });

  it('nothing, when a patch saves less than a tenth', async () => {
    const noise = (seed: number) =>
      onnxModel([{rows: side, columns: side, type: 'int8', data: pseudoRandom(side * side, seed)}]);
    const {manifest, update: cost} = await update(noise(1), noise(2));
    expect(manifest.patches).toBeUndefined();
    expect(cost.fetchedBytes).toBe(cost.missingBytes);
  });
});

describe('the versions that patches are made from', () => {
  it('may be several, by version, reference and address', async () => {
    const {pack} = packer();
    const layers = body();
    const steps = [0, 1e-3, 2e-3].map(step =>
      modelOf(
        layers.map((one, i) => tuned(one, step, i)),
        'int8',
      ),
    );
    const first = await pack('1.0.0', steps[0]!);
    await pack('1.1.0', steps[1]!);
    const {manifest, updates} = await pack('1.2.0', steps[2]!, {from: ['1.1.0', first.address, 'm@1.0.0']});
    expect(updates.map(({from}) => from)).toEqual(['1.1.0', '1.0.0']);
    expect(manifest.patches!.map(({base}) => base)).toHaveLength(2);
    expect(new Set(manifest.patches!.map(({base}) => base)).size).toBe(2);
  });

  it('of a variant are the same variant’s', async () => {
    const {pack} = packer();
    const layers = body();
    const after = layers.map((one, i) => tuned(one, 1e-3, i));
    const small = await pack('1.0.0', modelOf(layers, 'int8'), {variant: 'int8'});
    await pack('1.0.0', modelOf(layers, 'float32'));
    const {updates} = await pack('1.1.0', modelOf(after, 'int8'), {variant: 'int8', from: ['1.0.0']});
    expect(updates[0]!.address).toBe(small.address);
  });

  it('are named when they are not there, of another model, or damaged', async () => {
    const {registry, pack} = packer();
    const model = modelOf(body().slice(0, 1), 'int8');
    const {manifest} = await pack('1.0.0', model, {name: 'other'});
    await pack('1.0.0', model);
    await expect(pack('1.1.0', model, {from: ['0.9.0']})).rejects.toMatchObject({
      ...{code: 'model_unknown', message: expect.stringMatching(/holds no m@0\.9\.0; it holds m@1\.0\.0/) as string},
    });
    await expect(pack('1.1.0', model, {from: ['other@1.0.0']})).rejects.toMatchObject({
      ...{
        code: 'manifest_invalid',
        message: expect.stringMatching(/expected a version of m, got other@1\.0\.0/) as string,
      },
    });
    await expect(pack('1.1.0', model, {from: ['f'.repeat(64)]})).rejects.toThrow(/holds no manifest f/);
    writeFileSync(`${registry}/blobs/${manifest.artifacts[0]!.sha256}`, 'damaged');
    await expect(pack('1.1.0', model, {from: ['1.0.0']})).rejects.toMatchObject({code: 'artifact_corrupt'});
  });
});

it('a damaged patch does not pass', async () => {
  const before = body();
  const after = before.map((values, i) => tuned(values, 1e-3, 10 + i));
  const {registry, manifest} = await update(modelOf(before, 'int8'), modelOf(after, 'int8'));
  const path = `${registry}/blobs/${manifest.patches![0]!.sha256}`;
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle]! ^= 1;
  writeFileSync(path, bytes);
  await expect(verifyVersion({reference: 'm@1.1.0', registry})).rejects.toMatchObject({
    ...{code: 'artifact_corrupt', message: expect.stringMatching(/patch to model\.onnx of m@1\.1\.0/) as string},
  });
  const base = `${registry}/blobs/${manifest.patches![0]!.base}`;
  const size = manifest.artifacts[0]!.bytes;
  for (const wrong of [bytes, bytes.subarray(0, middle), gzipSync(Uint8Array.of(0, 0, 1))]) {
    const damaged = file(folder(), 'patch', wrong);
    const made = await patchedDigest(base, damaged, size).catch((error: unknown) => error);
    if (typeof made === 'string') expect(made).not.toBe(manifest.artifacts[0]!.sha256);
    else expect(made).toMatchObject({code: 'artifact_corrupt'});
  }
});
