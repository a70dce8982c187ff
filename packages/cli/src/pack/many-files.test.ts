import {mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {encode, type Layer, onnxModel, tuned, weights} from '../../../../scripts/onnx-model.mjs';
import {file, folder} from '../../testing/fixtures.js';
import {verifyVersion} from '../verify/verify-version.js';
import {readMeta} from './meta.js';
import {readModel} from './model-source.js';
import {packModel, type PackOptions} from './pack-model.js';

const [rows, columns] = [64, 32];

/** A model of one layer, whose weights lie in a file beside it. */
function external(dir: string, values: Float32Array, location = 'weights/w.bin') {
  const layer: Layer = {
    rows,
    columns,
    type: 'float32',
    data: encode(values, 'float32'),
    external: {location, offset: 4096},
  };
  mkdirSync(join(dir, 'weights'), {recursive: true});
  file(dir, 'weights/w.bin', Buffer.concat([new Uint8Array(4096), layer.data]));
  return file(dir, 'model.onnx', onnxModel([layer]));
}

function pack(registry: string, model: string, more: Partial<PackOptions> = {}) {
  const meta = file(
    folder(),
    'meta.json',
    JSON.stringify({task: 'other', golden: {count: 2, absolute: 1e-4, relative: 0}}),
  );
  return packModel({...{model, name: 'm', version: '1.0.0', meta, registry, runtimeFiles: false}, ...more});
}

const examples = (dir: string) =>
  file(
    dir,
    'v.ndjson',
    Array.from({length: 3}, (_, i) => JSON.stringify({inputs: {x: new Array(rows).fill(i)}, label: 0})).join('\n'),
  );

describe('a model whose weights lie beside it', () => {
  it('is packed, run, and verified, with its files under their own names', async () => {
    const [dir, registry] = [folder(), folder()];
    const model = external(dir, weights(rows * columns, 1));
    const {manifest} = await pack(registry, model, {validation: {ndjson: examples(dir)}});
    expect(manifest.artifacts.map(({path, bytes}) => [path, bytes])).toEqual([
      ['model.onnx', readFileSync(model).length],
      ['weights/w.bin', 4096 + 4 * rows * columns],
      ['golden.bin', expect.any(Number)],
    ]);
    expect(manifest.inputs).toEqual([{name: 'x', dtype: 'float32', shape: ['batch', rows]}]);
    const verified = await verifyVersion({reference: 'm@1.0.0', registry, validation: {ndjson: examples(dir)}});
    expect(verified).toMatchObject({golden: 2, failures: []});
  });

  it('says the same of itself when nothing runs it, with a note', async () => {
    const dir = folder();
    const model = external(dir, weights(rows * columns, 1));
    const run = await pack(folder(), model);
    const walked = await pack(folder(), model, {run: false, validation: {ndjson: examples(dir)}});
    expect(walked.address).toBe(run.address);
    expect(walked.notes).toEqual([
      expect.stringMatching(/onnxruntime was not asked to load it \(--no-run\)/),
      expect.stringMatching(/--no-run was given: no golden vectors/),
    ]);
  });

  it('is patched file by file', async () => {
    const registry = folder();
    const before = weights(rows * columns, 1);
    await pack(registry, external(folder(), before));
    const model = external(folder(), tuned(before, 1e-5, 2));
    const {manifest, updates} = await pack(registry, model, {version: '1.1.0', from: ['1.0.0']});
    expect(manifest.patches!.map(({artifact}) => artifact)).toEqual(['weights/w.bin']);
    expect(updates[0]!.fetchedBytes / updates[0]!.missingBytes).toBeLessThan(0.5);
    expect((await verifyVersion({reference: 'm@1.1.0', registry})).failures).toEqual([]);
  });

  it('that is not there, too short, or outside the folder is refused before anything is stored', async () => {
    const [dir, registry] = [folder(), folder()];
    const values = weights(rows * columns, 1);
    const model = external(dir, values);
    file(dir, 'weights/w.bin', new Uint8Array(5000));
    await expect(pack(registry, model)).rejects.toMatchObject({
      ...{
        code: 'model_invalid',
        message: expect.stringMatching(
          /tensor w0 .*expected 8192 bytes at 4096 of weights\/w\.bin, which has 5000/,
        ) as string,
      },
    });
    rmSync(join(dir, 'weights/w.bin'));
    await expect(pack(registry, model)).rejects.toThrow(/external data: there is no file .*weights\/w\.bin/);
    const secret = file(folder(), 'secret', new Uint8Array(20_000));
    for (const location of ['../secret', secret, 'weights/../../secret'])
      await expect(pack(registry, external(dir, values, location))).rejects.toMatchObject({code: 'model_invalid'});
    symlinkSync(secret, join(dir, 'link.bin'));
    await expect(pack(registry, external(dir, values, 'link.bin'))).rejects.toThrow(/leads out of the folder/);
    expect(readdirSync(registry)).toEqual([]);
  });
});

describe('a tfjs model', () => {
  it.each(['../secret.bin', '/etc/passwd'])('with weights at %s is refused', async path => {
    const dir = folder();
    const weightsManifest = [{paths: [path], weights: []}];
    const model = file(dir, 'model.json', JSON.stringify({modelTopology: {}, weightsManifest}));
    const tensor = {shape: [1]};
    const meta = file(
      dir,
      'meta.json',
      JSON.stringify({
        ...{task: 'other', format: 'tfjs-graph', inputs: {x: tensor}, outputs: {y: tensor}},
        runtime: {package: '@tensorflow/tfjs', version: '4.22.0'},
      }),
    );
    await expect(pack(folder(), model, {meta})).rejects.toMatchObject({
      ...{code: 'model_invalid', message: expect.stringMatching(/weights .*is no relative path/) as string},
    });
  });

  const shape = [8, 4];
  /** A layers model of 128 bytes of weights in two shards. */
  function sharded(dir: string, paths = ['a.bin', 'b.bin']) {
    const layer = {
      ...{name: 'd', units: 4, use_bias: false, activation: 'linear', batch_input_shape: [null, 8], dtype: 'float32'},
    };
    const modelTopology = {
      ...{class_name: 'Sequential', config: {name: 's', layers: [{class_name: 'Dense', config: layer}]}},
    };
    const weightsManifest = [{paths, weights: [{name: 'd/kernel', shape, dtype: 'float32'}]}];
    for (const name of ['a.bin', 'b.bin']) file(dir, name, new Uint8Array(64));
    return file(dir, 'model.json', JSON.stringify({modelTopology: {model_config: modelTopology}, weightsManifest}));
  }
  const stated = (more: object = {}) =>
    readMeta(
      file(
        folder(),
        'meta.json',
        JSON.stringify({
          ...{task: 'other', format: 'tfjs-layers', runtime: {package: '@tensorflow/tfjs', version: '4.22.0'}},
          ...more,
        }),
      ),
    );

  it('is asked, and not once it is larger than what is loaded here, with a note', async () => {
    const model = sharded(folder());
    const bytes = 128 + readFileSync(model).length;
    const tensors = {inputs: {x: {shape: ['batch', 8]}}, outputs: {y: {shape: ['batch', 4]}}};
    const asked = await readModel(model, await stated(tensors), true, bytes);
    const unasked = await readModel(model, await stated(tensors), true, bytes - 1);
    expect([asked.notes, unasked.notes]).toEqual([
      [],
      [`tfjs was not asked to load it (${bytes} bytes): inputs and outputs are as --meta states them`],
    ]);
    expect(unasked.specs).toEqual(asked.specs);
    await expect(readModel(model, await stated(), true, bytes)).resolves.toMatchObject({notes: []});
    await expect(readModel(model, await stated({inputs: {x: {}}}), true, 0)).rejects.toThrow(
      `inputs.x.shape: ${model} is not asked here (${bytes} bytes); state it`,
    );
  });

  it('is refused though nothing runs it when its shards are too short, or named as no device finds them', async () => {
    const dir = folder();
    const model = sharded(dir);
    const tensors = {inputs: {x: {shape: ['batch', 8]}}, outputs: {y: {shape: ['batch', 4]}}};
    file(dir, 'b.bin', new Uint8Array(63));
    await expect(readModel(model, await stated(tensors), false)).rejects.toMatchObject({
      ...{
        code: 'model_invalid',
        message: expect.stringMatching(/d\/kernel: expected 128 bytes .* a\.bin, b\.bin, got 127/) as string,
      },
    });
    const dotted = sharded(folder(), ['./a.bin', 'b.bin']);
    await expect(readModel(dotted, await stated(tensors), false)).rejects.toThrow(/"\.\/a\.bin": expected "a\.bin"/);
  });
});
