import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import {ask, setting, unreachable, visit, x} from '../../testing/visit.js';

afterEach(closeAll);

/** No network: nothing answers at this address. */
const nowhere = 'http://127.0.0.1:9/none';

test('starts it with no network at all: assigned, and the manifest’s baseline answers', async () => {
  const {registry, old} = await setting();
  const embedded = {
    release: await registry.envelope(registry.release([old], {version: 4})),
    manifests: [await registry.manifestText(old)],
  };
  const kedge = await client(registry, {registry: nowhere, embedded});
  expect(kedge.release?.version).toBe(4);
  const model = await kedge.model('scale');
  const {served, outputs} = await model.predict(x);
  expect(served).toMatchObject({source: 'baseline', reason: 'network', version: null});
  expect(outputs.y!.data).toEqual(Float32Array.of(0.5));
  expect(model.manifest?.version).toBe('1.0.0');
  await expect(model.predict({z: Float32Array.of(1)})).rejects.toMatchObject({code: 'input_invalid'});
});

test('its versions install when they can be reached, and only the blobs are fetched', async () => {
  const {registry, old} = await setting();
  await unreachable(registry);
  const embedded = {
    release: await registry.envelope(registry.release([old], {version: 4})),
    manifests: [await registry.manifestText(old)],
  };
  const kedge = await client(registry, {embedded});
  const manifests = (await registry.requests('/manifests/')).length;
  expect(await ask(kedge)).toMatchObject({y: 2, served: {source: 'model'}});
  expect(await registry.requests('/manifests/')).toHaveLength(manifests);
  await kedge.close();
  // Seen is seen, also when the app embeds it no more.
  await registry.putRelease(registry.release([old], {version: 3}));
  expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({
    version: 4,
    problem: {code: 'release_rollback'},
  });
});

test('gives way to a higher one that is stored, and does not go below it', async () => {
  const {registry, old, next} = await setting();
  await registry.putRelease(registry.release([next, old], {version: 5}));
  await visit(registry);
  await unreachable(registry);
  const older = {release: await registry.envelope(registry.release([old], {version: 4}))};
  expect(await visit(registry, {embedded: older})).toMatchObject({version: 5, y: 3});
  const newer = {release: await registry.envelope(registry.release([old, next], {version: 6}))};
  expect(await visit(registry, {embedded: newer})).toMatchObject({version: 6});
});

test.each([
  [
    'by another key',
    'signature_invalid',
    async (registry: TestRegistry, release: never) => {
      const {privateKey} = await TestRegistry.create();
      return registry.envelope(release, [privateKey]);
    },
  ],
  ['not JSON', 'release_invalid', async () => '{'],
])('is refused when it is %s', async (_, code, text) => {
  const {registry, old} = await setting();
  const release = await text(registry, registry.release([old]) as never);
  const kedge = await client(registry, {registry: nowhere, embedded: {release}});
  expect([kedge.release, kedge.releaseProblem?.code]).toEqual([undefined, code]);
});

test('a manifest that is not the one the release names is not used', async () => {
  const {registry, old, next} = await setting();
  const embedded = {
    release: await registry.envelope(registry.release([old])),
    manifests: [await registry.manifestText(next), (await registry.manifestText(old)) + ' '],
  };
  const kedge = await client(registry, {registry: nowhere, embedded});
  await expect(kedge.model('scale')).rejects.toMatchObject({code: 'network'});
});
