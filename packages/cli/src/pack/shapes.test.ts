import {readdirSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {operatorModel, type Shape} from '../../../../scripts/onnx-model.mjs';
import {file, folder} from '../../testing/fixtures.js';
import {verifyVersion} from '../verify/verify-version.js';
import {packModel} from './pack-model.js';

interface Case {
  model: Uint8Array;
  inputs: Record<string, number[]>;
  meta?: object;
  run?: boolean;
}

/** A version whose validation data are three times the same example. */
async function packed({model, inputs, meta = {}, run = true}: Case) {
  const [registry, dir] = [folder(), folder()];
  const validation = {
    ndjson: file(
      dir,
      'v.ndjson',
      Array(3)
        .fill(JSON.stringify({inputs, label: 0}))
        .join('\n'),
    ),
  };
  const options = {registry, name: 'm', version: '1.0.0', runtimeFiles: false, run} as const;
  const golden = {count: 2, absolute: 1e-6, relative: 0};
  const files = {
    model: file(dir, 'model.onnx', model),
    meta: file(dir, 'meta.json', JSON.stringify({task: 'other', golden, ...meta})),
  };
  const failed = (error: unknown) => {
    expect(readdirSync(registry)).not.toContain('manifests');
    throw error;
  };
  const {manifest} = await packModel({...options, ...files, validation}).catch(failed);
  return {manifest, verify: () => verifyVersion({reference: 'm@1.0.0', registry, validation})};
}

const relu = (...output: [Shape?]) => ({
  model: operatorModel('Relu', {x: ['batch', 2]}, ...output),
  inputs: {x: [1, 2]},
});
const stated = (shape: Shape) => ({outputs: {y: {shape}}});
const passed = {golden: 2, failures: []};

describe('a golden tolerance', () => {
  const tolerant = (absolute: number, relative: number) => ({golden: {count: 2, absolute, relative}});

  it.each([
    [1e308, 0],
    [0, 1],
  ])('so wide that zeros would pass (%d, %d) is refused', async (absolute, relative) => {
    const meta = {...stated(['batch', 2]), ...tolerant(absolute, relative)};
    await expect(packed({...relu([1, 2]), meta})).rejects.toMatchObject({
      code: 'golden_mismatch',
      message: expect.stringMatching(/answers zeros would pass all 2 golden examples/) as string,
    });
  });

  it('is not to blame where the right answers are zeros', async () => {
    const {manifest} = await packed({...relu([1, 2]), inputs: {x: [-1, -2]}, meta: stated(['batch', 2])});
    expect(manifest.golden).toHaveLength(2);
  });
});

describe('an output whose size its file fixes, and the model does not', () => {
  it('is refused, with what came and what to state', async () => {
    await expect(packed(relu([1, 2]))).rejects.toMatchObject({
      code: 'output_invalid',
      message: expect.stringMatching(
        /^output y for 3 examples: expected float32\[1, 2\], got float32\[3, 2\]; state its shape in --meta \(outputs\.y\.shape\)/,
      ) as string,
    });
  });

  it('is packed as stated, where that leaves the size open; another number is not taken', async () => {
    const {manifest, verify} = await packed({...relu([1, 2]), meta: stated(['batch', 2])});
    expect(manifest.outputs[0]!.shape).toEqual(['batch', 2]);
    expect(await verify()).toMatchObject(passed);
    await expect(packed({...relu([1, 2]), meta: stated([3, 2])})).rejects.toThrow(
      /--meta: outputs\.y\.shape: expected float32\[1, 2\]/,
    );
  });
});

describe('an output of which nothing is known', () => {
  // Of a number of dimensions that can't be, onnxruntime says the same as of a scalar.
  it.each([['contradicted', relu([2]), true] as const, ['left out', relu(), false] as const])(
    'since its shape is %s must be stated',
    async (_, model, run) => {
      await expect(packed({...model, run})).rejects.toThrow(/--meta: y\.shape: .*does not say it; state it/);
      const {manifest, verify} = await packed({...model, run, meta: stated(['batch', 2])});
      expect(manifest.outputs[0]!.shape).toEqual(['batch', 2]);
      if (run) expect(await verify()).toMatchObject(passed);
    },
  );

  it('but to onnxruntime needs no statement', async () => {
    expect((await packed(relu())).manifest.outputs[0]!.shape).toEqual(['batch', 2]);
  });

  it('is refused where what is stated is wrong', async () => {
    await expect(packed({...relu([2]), meta: stated(['batch', 3])})).rejects.toThrow(
      /output y for 3 examples: expected float32\[batch, 3\], got float32\[3, 2\]/,
    );
  });
});

describe('axes of two inputs', () => {
  const sum = (shape: Shape) => ({
    model: operatorModel('Add', {a: shape, b: shape}, shape),
    inputs: {a: [1, 2, 3], b: [1]},
  });

  it('without names need not be of the same size', async () => {
    const {manifest, verify} = await packed(sum([null, null]));
    expect(manifest.inputs.map(({shape}) => shape)).toEqual([
      ['batch', 'dim1'],
      ['batch', 'b.dim1'],
    ]);
    expect(await verify()).toMatchObject(passed);
  });

  it('with one name must be, as pages must give them', async () => {
    await expect(packed(sum(['n', 'm']))).rejects.toMatchObject({
      code: 'golden_mismatch',
      message: expect.stringMatching(
        /v\.ndjson: example 0 .*: input b: expected float32\[n, m\], .* while m is 3/,
      ) as string,
    });
  });
});
