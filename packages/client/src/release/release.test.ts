import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import {blobRequests, setting, unreachable, visit, workerOf, x} from '../../testing/visit.js';
import {onnx} from '../onnx/index.js';

afterEach(closeAll);

describe('the highest release that was seen', () => {
  test('binds also when what is stored can’t be verified any more', async () => {
    const {registry, old} = await setting();
    await registry.putRelease(registry.release([old], {version: 7}));
    await visit(registry);
    const newer = await TestRegistry.create();
    // The app was updated: it trusts another key now, which signs an older release.
    await registry.putRelease(registry.release([old], {version: 6}), {keys: [newer.privateKey]});
    const refused = await visit(registry, {trustedKeys: newer.trustedKeys});
    expect(refused).toMatchObject({version: undefined, problem: {code: 'signature_invalid'}, y: -1});
    await registry.putRelease(registry.release([old], {version: 8}), {keys: [newer.privateKey]});
    const before = await blobRequests(registry);
    expect(await visit(registry, {trustedKeys: newer.trustedKeys})).toMatchObject({version: 8, y: 2});
    expect(await blobRequests(registry)).toBe(before);
  });

  test('two tabs: the one that gets an older answer takes the stored release', async () => {
    const {registry, old, next} = await setting();
    const [a, b] = [await client(registry), await client(registry)];
    await registry.putRelease(registry.release([next, old], {version: 3}));
    await a.refresh();
    await registry.putRelease(registry.release([old], {version: 2}));
    await b.refresh();
    expect([b.release?.version, b.releaseProblem?.code]).toEqual([3, 'release_rollback']);
  });

  /** The same registry under another address, with a release of its own. */
  async function mirrored(version: number) {
    const {registry, old, next} = await setting();
    const mirror = `${registry.url}/mirror`;
    const stale = registry.release([old], {version});
    await registry.putText('/mirror/channels/prod.json', await registry.envelope(stale));
    await registry.putRelease(registry.release([next, old], {version: 7}));
    return {registry, mirror};
  }

  test('binds at every registry of the list, whichever comes first', async () => {
    const {registry, mirror} = await mirrored(3);
    const wait = {releaseWaitMs: 30_000};
    await visit(registry, {...wait, registry: [registry.url, mirror]});
    const swapped = await visit(registry, {...wait, registry: [mirror, registry.url]});
    expect(swapped).toMatchObject({version: 7, problem: undefined, y: 3});
    const alone = await visit(registry, {...wait, registry: mirror});
    expect(alone).toMatchObject({version: 7, problem: {code: 'release_rollback'}, y: 3});
  });

  test('binds at a registry that came into the list later, where the release has not changed', async () => {
    const {registry, mirror} = await mirrored(3);
    const wait = {releaseWaitMs: 30_000};
    await visit(registry, wait);
    await visit(registry, {...wait, registry: [registry.url, mirror]});
    expect(await visit(registry, {...wait, registry: mirror})).toMatchObject({
      version: 7,
      problem: {code: 'release_rollback'},
    });
  });

  test('serves a device without a network whose list shares one address with the earlier one', async () => {
    const {registry, mirror} = await mirrored(3);
    await visit(registry, {registry: [registry.url, mirror], releaseWaitMs: 30_000});
    await unreachable(registry);
    const answer = await visit(registry, {registry: ['http://127.0.0.1:9/moved', mirror]});
    expect(answer).toMatchObject({version: 7, y: 3, served: {source: 'model'}});
  });
});

describe('keys', () => {
  test('a release signed by the old and the new key is accepted by apps that trust either', async () => {
    const {registry, old} = await setting();
    const {privateKey, trustedKeys} = await TestRegistry.create();
    await registry.putRelease(registry.release([old], {version: 2}), {keys: [registry.privateKey, privateKey]});
    for (const keys of [registry.trustedKeys, trustedKeys, [...trustedKeys, ...registry.trustedKeys]])
      expect(await visit(registry, {trustedKeys: keys})).toMatchObject({version: 2, problem: undefined, y: 2});
  });

  test('a stored release whose key is trusted no more is refused also offline, and nothing it vouched for serves', async () => {
    const {registry} = await setting();
    await visit(registry);
    await unreachable(registry);
    const {trustedKeys} = await TestRegistry.create();
    const answer = await visit(registry, {trustedKeys});
    expect(answer).toMatchObject({version: undefined, problem: {code: 'signature_invalid'}, y: -1});
    expect(answer.served).toMatchObject({source: 'baseline', reason: 'signature_invalid'});
  });
});

describe('expiry', () => {
  /** A device on which a release of the test registry, good for a day, expired an hour ago. */
  const tomorrow = () => workerOf('clock-worker', '25');

  test('a stored release serves within its grace while the network is down, and not past it', async () => {
    const {registry} = await setting();
    await visit(registry);
    await unreachable(registry);
    expect(await visit(registry, {runtimes: [tomorrow()], graceHours: 2})).toMatchObject({version: 1, y: 2});
    const past = await visit(registry, {runtimes: [tomorrow()], graceHours: 0.5});
    expect(past).toMatchObject({version: undefined, problem: {code: 'release_expired'}, y: -1});
    expect(past.problem?.message).toMatch(/this device's clock says \d{4}-/);
    expect(past.served).toMatchObject({source: 'baseline', reason: 'release_expired'});
  });

  test('no grace where the registry can be asked and has nothing newer; a page that has it loaded stops too', async () => {
    const {registry, old} = await setting();
    const first = registry.release([old]);
    await registry.putRelease(first);
    await visit(registry);
    await unreachable(registry);
    const kedge = await client(registry, {runtimes: [tomorrow()]});
    const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(-1)})});
    expect((await model.predict(x)).served.source).toBe('model');
    await registry.putRelease(first);
    await kedge.refresh();
    expect((await model.predict(x)).served).toMatchObject({source: 'baseline', reason: 'release_expired'});
    const days = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();
    await registry.putRelease(registry.release([old], {version: 2, expires: days(2)}));
    await kedge.refresh();
    expect((await model.predict(x)).served).toMatchObject({source: 'model', reason: 'champion'});
  });

  test.each([10, -10])('a clock that is off by %d years loses nothing, and the right one heals', async years => {
    const {registry, old, next} = await setting();
    const off = workerOf('clock-worker', String(years * 8766));
    await visit(registry);
    const wrong = await visit(registry, {runtimes: [off], releaseWaitMs: 30_000});
    if (years > 0) {
      expect(wrong).toMatchObject({version: undefined, problem: {code: 'release_expired'}, y: -1});
      expect(wrong.problem?.message).toContain(`clock says ${new Date().getFullYear() + years}`);
    } else expect(wrong).toMatchObject({version: 1, y: 2});
    const before = await blobRequests(registry);
    expect(await visit(registry)).toMatchObject({version: 1, problem: undefined, y: 2});
    expect(await blobRequests(registry)).toBe(before);
    await registry.putRelease(registry.release([next, old], {version: 2}));
    expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({version: 2, y: 3});
  });
});

describe('the operator’s word, offline', () => {
  test('a version revoked by the stored release serves neither at the start nor as previous', async () => {
    const {registry, old, next} = await setting();
    await visit(registry);
    const bad = await registry.publish('1.2.0', 4, {expectedScale: 5});
    const release = registry.release([bad, old, next], {version: 2});
    release.models.scale!.revoked = ['1.0.0'];
    await registry.putRelease(release);
    const kedge = await client(registry, {releaseWaitMs: 30_000});
    await kedge.close();
    await unreachable(registry);
    expect((await visit(registry)).served).toMatchObject({source: 'baseline', reason: 'golden_mismatch'});
  });

  test('a model that is turned off stays off at the next start, with the manifest’s baseline', async () => {
    const {registry, old} = await setting();
    await visit(registry);
    const release = registry.release([old], {version: 2});
    release.models.scale!.enabled = false;
    await registry.putRelease(release);
    await (await client(registry, {releaseWaitMs: 30_000})).close();
    await unreachable(registry);
    const model = await (await client(registry)).model('scale');
    const {served, outputs} = await model.predict(x);
    expect(served).toMatchObject({source: 'baseline', reason: 'model_disabled'});
    expect(outputs.y!.data).toEqual(Float32Array.of(0.5));
  });

  test('reaches a device that can write nothing', async () => {
    const {registry, old} = await setting();
    await visit(registry);
    const kedge = await client(registry, {runtimes: [workerOf('sealed-worker')]});
    const model = await kedge.model('scale');
    const release = registry.release([old], {version: 2});
    release.models.scale!.enabled = false;
    await registry.putRelease(release);
    await kedge.refresh();
    expect([kedge.release?.version, kedge.releaseProblem?.code]).toEqual([2, 'storage_full']);
    expect((await model.predict(x)).served.reason).toBe('model_disabled');
    await registry.putRelease(registry.release([old], {version: 1}));
    await kedge.refresh();
    expect([kedge.release?.version, kedge.releaseProblem?.code]).toEqual([2, 'release_rollback']);
  });

  test('going back to the older model costs no blob request', async () => {
    const {registry, old, next} = await setting();
    await visit(registry);
    await registry.putRelease(registry.release([next, old], {version: 2}));
    expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({version: 2, y: 3});
    const before = await blobRequests(registry);
    await registry.putRelease(registry.release([old, next], {version: 3}));
    expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({version: 3, y: 2});
    expect(await blobRequests(registry)).toBe(before);
  });
});

test('a registry that never answers keeps nobody waiting for ever', async () => {
  const {registry} = await setting();
  await registry.putText('/channels/prod.json', '', {silent: true});
  const kedge = await client(registry, {download: {stallSeconds: 2}});
  expect(kedge.releaseProblem).toMatchObject({code: 'network'});
  expect(kedge.releaseProblem?.message).toContain('nothing came for 2 s');
});

test.each([{pollSeconds: -1}, {pollSeconds: NaN}, {graceHours: '1' as never}, {embedded: {} as never}])(
  '%o is a mistake of the caller',
  async options => {
    const registry = await TestRegistry.create();
    await expect(client(registry, {...options, runtimes: [onnx({createWorker})]})).rejects.toBeInstanceOf(TypeError);
  },
);
