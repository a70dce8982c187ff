import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {type PublishedVersion, TestRegistry} from '../testing/registry.js';
import type {Served} from '../testing/file-server.js';
import type {Kedge} from './api.js';

afterEach(closeAll);

const answer = async (kedge: Kedge) => {
  const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(-1)})});
  return {...(await model.predict({x: Float32Array.of(1)})), problems: model.problems};
};

/** A device on which 1.0.0 serves, and a registry whose next release names 1.1.0. */
async function withUpdate(
  spoil: (registry: TestRegistry, next: PublishedVersion) => Promise<void>,
  note = 'new '.repeat(30),
) {
  const registry = await TestRegistry.create();
  const old = await registry.publish('1.0.0', 2);
  await registry.putRelease(registry.release([old]));
  const first = await client(registry);
  await first.model('scale');
  await first.close();
  const next = await registry.publish('1.1.0', 3, {note});
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await spoil(registry, next);
  return {registry, old, next, kedge: await client(registry, {releaseWaitMs: 30_000})};
}

const flipped = (bytes: Uint8Array<ArrayBuffer>, at: number) => {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
};

describe('a blob that is not what the manifest says', () => {
  const html = {headers: {'content-type': 'text/html'}};
  const cases: [string, string, (next: PublishedVersion) => [Uint8Array<ArrayBuffer>, Served?]][] = [
    ['a flipped byte in the first chunk', 'artifact_corrupt', next => [flipped(next.model, 3)]],
    ['a flipped byte in the last chunk', 'artifact_corrupt', next => [flipped(next.model, next.model.length - 1)]],
    ['a truncated file', 'artifact_corrupt', next => [next.model, {truncateTo: 50}]],
    ['an HTML page with status 200', 'response_invalid', () => [new TextEncoder().encode('<!doctype html>'), html]],
    ['a missing file', 'response_invalid', next => [next.model, {status: 404}]],
    [
      'a lying Content-Range',
      'response_invalid',
      next => [next.model, {status: 206, headers: {'content-range': 'bytes 5-9/96'}}],
    ],
  ];

  test.each(cases)('%s is %s, stored nowhere, and the old version serves', async (_, code, make) => {
    const {kedge} = await withUpdate(async (registry, next) => {
      const [bytes, served] = make(next);
      await registry.putBlob(next, bytes, served);
    });
    const {served, outputs, problems} = await answer(kedge);
    expect(served).toMatchObject({source: 'previous', version: '1.0.0', reason: code});
    expect(outputs.y!.data).toEqual(Float32Array.of(2));
    expect(problems.map(problem => problem.code)).toEqual([code]);
    const {versions} = await kedge.storage();
    expect(versions.find(({version}) => version === '1.0.0')).toMatchObject({state: 'active', code: null});
    expect(versions.find(({version}) => version === '1.1.0')).toMatchObject({state: 'failed', code, verifiedAt: null});
  });

  test('the next visit heals with no help when the blob is right again', async () => {
    const {registry, next, kedge} = await withUpdate((registry, next) =>
      registry.putBlob(next, flipped(next.model, 3)),
    );
    expect((await answer(kedge)).served.version).toBe('1.0.0');
    await registry.putBlob(next, next.model);
    await kedge.close();
    const {served, outputs} = await answer(await client(registry));
    expect(served).toMatchObject({source: 'model', version: '1.1.0'});
    expect(outputs.y!.data).toEqual(Float32Array.of(3));
  });

  test('what was verified before a connection broke is not fetched again', async () => {
    const registry = await TestRegistry.create();
    const version = await registry.publish('1.0.0', 2, {
      note: String.fromCharCode(...Array.from({length: 118}, (_, i) => 33 + (i % 90))),
    });
    await registry.putRelease(registry.release([version]));
    await registry.putBlob(version, version.model, {breakAt: 85});
    expect((await answer(await client(registry))).served.version).toBe('1.0.0');
    const blob = `/blobs/${version.manifest.artifacts[0]!.sha256}`;
    const ranges = (await registry.requests()).filter(({path}) => path.endsWith(blob)).map(({range}) => range);
    expect(ranges[0]).toBeNull();
    // 85 bytes hold two whole chunks of 40: whatever the socket lost of the rest, nothing before byte 80 is asked for again.
    const starts = ranges.slice(1).map(range => Number(/bytes=(\d+)-215/.exec(range ?? '')?.[1]));
    expect(starts[0]).toBe(80);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  test('a server that ignores Range is understood', async () => {
    const {registry, next, kedge} = await withUpdate((registry, next) =>
      registry.putBlob(next, next.model, {breakAt: 85}),
    );
    await answer(kedge);
    await kedge.close();
    await registry.putBlob(next, next.model, {ignoreRange: true});
    expect((await answer(await client(registry))).served.version).toBe('1.1.0');
  });
});

test('two versions fetch the chunks that they share once', async () => {
  const {registry, next, kedge} = await withUpdate(async () => {}, '');
  expect((await answer(kedge)).served.version).toBe('1.1.0');
  const {bytes, versions} = await kedge.storage();
  expect(versions).toHaveLength(2);
  expect(bytes).toBeLessThan(2 * next.bytes);
  const ranges = (await registry.requests())
    .filter(({path}) => path.endsWith(next.manifest.artifacts[0]!.sha256))
    .map(({range}) => range);
  // The factor is in the first 40 bytes; the other chunks are those of 1.0.0.
  expect(ranges).toEqual(['bytes=0-39']);
});

test('an abort during the download rejects with its reason, and keeps what is verified', async () => {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2);
  await registry.putRelease(registry.release([version]));
  await registry.putBlob(version, version.model, {stallAt: 50});
  const kedge = await client(registry);
  const controller = new AbortController();
  const pending = kedge.model('scale', {signal: controller.signal});
  setTimeout(() => controller.abort(new Error('changed my mind')), 300);
  await expect(pending).rejects.toThrow('changed my mind');
  await registry.putBlob(version, version.model);
  expect((await answer(kedge)).served.version).toBe('1.0.0');
});

describe('a release that must be refused', () => {
  const hour = 3_600_000;
  const cases: [
    string,
    string,
    (registry: TestRegistry, next: PublishedVersion, old: PublishedVersion) => Promise<void>,
  ][] = [
    [
      'signed by another key',
      'signature_invalid',
      async (registry, next, old) => {
        const other = await TestRegistry.create();
        const envelope = await other.sign(registry.release([next, old], {version: 3}));
        await registry.putText('/channels/prod.json', JSON.stringify(envelope));
      },
    ],
    [
      'stripped of its signature',
      'signature_invalid',
      async (registry, next, old) => {
        const envelope = await registry.sign(registry.release([next, old], {version: 3}));
        await registry.putText('/channels/prod.json', JSON.stringify({...envelope, signatures: []}));
      },
    ],
    [
      'older than what this device has seen',
      'release_rollback',
      (registry, next, old) => registry.putRelease(registry.release([next, old], {version: 1})),
    ],
    [
      'expired',
      'release_expired',
      (registry, next, old) =>
        registry.putRelease(
          registry.release([next, old], {
            version: 3,
            issued: new Date(Date.now() - 2 * hour).toISOString(),
            expires: new Date(Date.now() - hour).toISOString(),
          }),
        ),
    ],
    [
      'for another channel',
      'release_invalid',
      (registry, next, old) => registry.putRelease(registry.release([next, old], {version: 3, channel: 'staging'})),
    ],
    [
      'without its models',
      'release_invalid',
      (registry, next, old) =>
        registry.putRelease({...registry.release([next, old], {version: 3}), models: undefined} as never),
    ],
    [
      'with weights that do not sum',
      'release_invalid',
      (registry, next, old) => {
        const arm = (key: string, version: string, range: [number, number]) => ({
          key,
          version,
          weight: range[1] - range[0],
          ranges: [range],
        });
        const experiment = {
          key: 'e',
          model: 'scale',
          phase: 1,
          salt: 's',
          hash: 'murmur3-1' as const,
          status: 'running' as const,
          unassigned: 0,
          arms: [arm('a', '1.0.0', [0, 5000]), arm('b', '1.1.0', [5000, 9900])],
        };
        return registry.putRelease(registry.release([next, old], {version: 3, experiments: [experiment]}));
      },
    ],
    ['not JSON', 'release_invalid', registry => registry.putText('/channels/prod.json', '{"payload')],
    [
      'an HTML page',
      'response_invalid',
      registry => registry.putText('/channels/prod.json', '<!doctype html>', {headers: {'content-type': 'text/html'}}),
    ],
    ['answered with 503', 'network', registry => registry.putText('/channels/prod.json', 'busy', {status: 503})],
  ];

  test.each(cases)('%s: %s, and the release before it serves on', async (_, code, spoil) => {
    const registry = await TestRegistry.create();
    const old = await registry.publish('1.0.0', 2);
    await registry.putRelease(registry.release([old], {version: 2}));
    const first = await client(registry);
    await first.model('scale');
    await first.close();
    await spoil(registry, await registry.publish('1.1.0', 3), old);
    const kedge = await client(registry, {releaseWaitMs: 30_000});
    await kedge.refresh();
    expect(kedge.release?.version).toBe(2);
    expect(kedge.releaseProblem?.code).toBe(code);
    expect((await answer(kedge)).served).toMatchObject({source: 'model', version: '1.0.0'});
  });

  test('a manifest with other bytes than its address is refused', async () => {
    const {kedge, next} = await withUpdate((registry, next) =>
      registry.putText(`/manifests/${next.digest}.json`, JSON.stringify(next.manifest) + ' '),
    );
    const {served, problems} = await answer(kedge);
    expect(served).toMatchObject({source: 'previous', version: '1.0.0', reason: 'manifest_invalid'});
    expect(problems[0]?.message).toContain(next.digest);
  });
});

describe('the operator', () => {
  test('turns a model off: it stops at the next refresh, also on pages that have it loaded', async () => {
    const registry = await TestRegistry.create();
    const version = await registry.publish('1.0.0', 2);
    await registry.putRelease(registry.release([version]));
    const kedge = await client(registry);
    const model = await kedge.model('scale');
    const off = registry.release([version], {version: 2});
    off.models.scale!.enabled = false;
    await registry.putRelease(off);
    await kedge.refresh();
    const {served, outputs} = await model.predict({x: Float32Array.of(1)});
    expect(served).toMatchObject({source: 'baseline', reason: 'model_disabled'});
    expect(outputs.y!.data).toEqual(Float32Array.of(0.5));
  });

  test('goes back to the version before, which needs no download', async () => {
    const {registry, next, old, kedge} = await withUpdate(async () => {});
    await answer(kedge);
    const before = (await registry.requests()).filter(({path}) => path.includes('/blobs/')).length;
    await registry.putRelease(registry.release([old, next], {version: 3}));
    await kedge.refresh();
    expect((await answer(kedge)).served).toMatchObject({source: 'model', version: '1.0.0'});
    expect((await registry.requests()).filter(({path}) => path.includes('/blobs/'))).toHaveLength(before);
  });
});

test('without a network or anything stored, the app’s baseline answers and the reason is the network', async () => {
  const registry = await TestRegistry.create();
  const kedge = await client(registry, {registry: 'http://127.0.0.1:9/none'});
  const {served, outputs} = await answer(kedge);
  expect(served).toMatchObject({source: 'baseline', reason: 'network', version: null});
  expect(outputs.y!.data).toEqual(Float32Array.of(-1));
  await expect(kedge.model('scale')).rejects.toMatchObject({code: 'network'});
});
