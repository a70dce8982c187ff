import {rmSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {encode, onnxModel, weights} from '../../../../scripts/onnx-model.mjs';
import {file, folder} from '../../testing/fixtures.js';
import {newKeys} from '../keys/new-keys.js';
import {readKey} from '../keys/read-key.js';
import {packModel} from '../pack/pack-model.js';
import {findVersion} from '../registry/read.js';
import {verifyVersion} from '../verify/verify-version.js';
import {addVersion} from './edit.js';

async function setup() {
  const registry = folder();
  const {privateFile} = await newKeys(folder());
  const meta = file(folder(), 'meta.json', JSON.stringify({task: 'other'}));
  const pack = (variant?: 'int8' | 'float16', seed = 1, rows = 8) => {
    const type = variant ?? 'float32';
    const bytes = onnxModel([{rows, columns: 4, type, data: encode(weights(rows * 4, seed), type)}]);
    const model = file(folder(), 'model.onnx', bytes);
    const options = {model, name: 'm', version: '1.0.0', meta, registry, run: false, runtimeFiles: false as const};
    return packModel({...options, ...(variant && {variant})});
  };
  const edit = {registry, channel: 'prod', privateKeys: [await readKey(privateFile, 'private')]};
  return {registry, pack, edit};
}

describe('a version with variants', () => {
  it('is found as the full one; a variant by its own name', async () => {
    const {registry, pack} = await setup();
    const full = await pack();
    const small = await pack('int8');
    expect((await findVersion(registry, 'm@1.0.0')).address).toBe(full.address);
    expect((await findVersion(registry, 'm@1.0.0+int8')).address).toBe(small.address);
    expect(small.manifest.variant).toBe('int8');
    expect(await verifyVersion({reference: 'm@1.0.0+int8', registry})).toMatchObject({
      address: small.address,
      failures: [],
    });
    await expect(findVersion(registry, 'm@1.0.0+int4')).rejects.toMatchObject({
      ...{
        code: 'model_unknown',
        message: expect.stringMatching(/holds no m@1\.0\.0\+int4; it holds m@1\.0\.0, m@1\.0\.0\+int8/) as string,
      },
    });
    for (const wrong of ['m@', '@1.0.0', 'm@+int8', 'm@1.0.0+'])
      await expect(findVersion(registry, wrong)).rejects.toMatchObject({exitCode: 2});
  });

  it('is released with all of them', async () => {
    const {pack, edit} = await setup();
    const [full, int8, half] = [await pack(), await pack('int8'), await pack('float16')];
    const {release} = await addVersion('m@1.0.0', true, edit);
    expect(release.models['m']!.versions['1.0.0']).toEqual({
      ...{manifest: full.address, bytes: full.bytes},
      variants: [
        {variant: 'float16', manifest: half.address, bytes: half.bytes},
        {variant: 'int8', manifest: int8.address, bytes: int8.bytes},
      ],
    });
  });

  it('may get another variant later, but none of them ever changes', async () => {
    const {pack, edit} = await setup();
    await pack();
    await pack('int8');
    await addVersion('m@1.0.0', true, edit);
    await pack('float16');
    const {release} = await addVersion('m@1.0.0', true, edit);
    expect(release.models['m']!.versions['1.0.0']!.variants!.map(({variant}) => variant)).toEqual(['int8', 'float16']);
    await pack('int8', 2);
    await expect(addVersion('m@1.0.0', true, edit)).rejects.toMatchObject({
      ...{
        code: 'release_invalid',
        message: expect.stringMatching(/m@1\.0\.0\+int8 is released as .*never changes/) as string,
      },
    });
  });

  it('is refused when a variant takes other tensors, or its blob is missing', async () => {
    const {registry, pack, edit} = await setup();
    await pack();
    const {manifest} = await pack('int8', 1, 16);
    await expect(addVersion('m@1.0.0', true, edit)).rejects.toMatchObject({
      ...{
        code: 'release_invalid',
        message: expect.stringMatching(/m@1\.0\.0\+int8 takes or gives other tensors/) as string,
      },
    });
    await pack('int8');
    rmSync(`${registry}/blobs/${(await pack('float16')).manifest.artifacts[0]!.sha256}`);
    await expect(addVersion('m@1.0.0', true, edit)).rejects.toThrow(/the file is missing/);
    expect(manifest.variant).toBe('int8');
  });

  it('can’t be released by a variant alone', async () => {
    const {pack, edit} = await setup();
    const {address} = await pack('int8');
    await expect(addVersion('m@1.0.0', true, edit)).rejects.toMatchObject({code: 'model_unknown'});
    for (const reference of ['m@1.0.0+int8', address])
      await expect(addVersion(reference, true, edit)).rejects.toThrow(/is a variant; release the full version/);
  });
});
