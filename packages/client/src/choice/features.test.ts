import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';

afterEach(closeAll);

const x = {x: Float32Array.of(3)};

describe('a form that asks for what this device does not have', () => {
  async function published(small?: 'fp16') {
    const registry = await TestRegistry.create();
    const change = {runtime: {package: 'onnxruntime-web', version: '1.30.0', features: ['gpu', 'memory-1']}};
    const full = await registry.publish('1.0.0', 2, {change, note: 'full'});
    const half = await registry.publish('1.0.0', 3, {change: {variant: 'fp16'}});
    const release = registry.release([full]);
    if (small)
      release.models.scale!.versions['1.0.0']!.variants = [{variant: small, manifest: half.digest, bytes: half.bytes}];
    await registry.putRelease(release);
    const model = async () => {
      const kedge = await client(registry, {runtimes: [faultyRuntime().runtime], pollSeconds: 0});
      return {kedge, model: await kedge.model('scale', {baseline: () => ({y: Float32Array.of(0)})})};
    };
    const requested = (sha256: string) => registry.requests(sha256);
    return {full, half, model, requested};
  }

  test('is not fetched: a smaller one is, and a later visit does not ask again', async () => {
    const {full, half, model: open, requested} = await published('fp16');
    const first = await open();
    expect((await first.model.predict(x)).served).toMatchObject({digest: half.digest, source: 'model'});
    expect(first.model.problems).toMatchObject([
      {code: 'runtime_unavailable', message: expect.stringContaining('gpu')},
    ]);
    await first.kedge.close();
    const again = await open();
    expect((await again.model.predict(x)).served).toMatchObject({digest: half.digest, source: 'model'});
    expect(again.model.problems).toEqual([]);
    const blobs = full.manifest.artifacts.filter(({path}) => path !== 'golden.bin');
    expect((await Promise.all(blobs.map(({sha256}) => requested(sha256)))).flat()).toEqual([]);
    expect(await requested(full.digest)).toHaveLength(1);
  });

  test('leaves the baseline where there is no other', async () => {
    const {model: open} = await published();
    const {model} = await open();
    expect((await model.predict(x)).served).toMatchObject({source: 'baseline', reason: 'runtime_unavailable'});
    expect(model.problems[0]?.message).toBe(
      'scale 1.0.0 asks for gpu, which this device does not have; nothing of it was fetched',
    );
  });
});
