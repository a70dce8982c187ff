import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {doubler} from '../testing/doubler.js';
import {type PublishedVersion, TestRegistry} from '../testing/registry.js';
import {ask, differing, setting, visit, x} from '../testing/visit.js';
import type {StorageChange} from './store/api.js';
import {bytesIn, chunksOf} from './store/record.js';

afterEach(async () => {
  await closeAll();
  localStorage.clear();
});

test('within a budget the version that served longest ago makes room, it is told, and storage() says why', async () => {
  const {registry, old, next} = await setting();
  await visit(registry);
  const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await visit(registry, {releaseWaitMs: 30_000});
  await registry.putRelease(registry.release([newest, next, old], {version: 3}));
  const told: StorageChange[] = [];
  const storageBudgetBytes = next.bytes + newest.bytes;
  const kedge = await client(registry, {releaseWaitMs: 30_000, storageBudgetBytes});
  kedge.on('storage', change => told.push(change));
  const before = Date.now();
  expect(await ask(kedge)).toMatchObject({y: 4, served: {source: 'model', version: '1.2.0'}});
  const {versions, evictions, bytes, budgetBytes, kind} = await kedge.storage();
  expect([kind, budgetBytes, bytes <= storageBudgetBytes]).toEqual(['indexeddb', storageBudgetBytes, true]);
  expect(evictions).toMatchObject([{model: 'scale', version: '1.0.0', reason: 'budget', digest: old.digest}]);
  expect(told).toEqual([{kind: 'evicted', evictions}]);
  expect(versions.map(({version, pinned, code}) => [version, pinned, code]).sort()).toEqual([
    ['1.1.0', 'previous', null],
    ['1.2.0', 'active', null],
  ]);
  const serving = versions.find(({version}) => version === '1.2.0')!;
  for (const at of [serving.installedAt, serving.verifiedAt!, serving.lastServedAt!])
    expect([at >= before, at <= Date.now()]).toEqual([true, true]);
});

test('a version that does not fit gives way to the largest variant that does, and it is told', async () => {
  const registry = await TestRegistry.create();
  const files = (note: number) => new Map([['model.onnx', doubler(2, differing(note))]]);
  const full = await registry.publish('1.0.0', 2, {files: files(120)});
  const forms = ['half', 'tiny'];
  const [half, tiny] = await Promise.all(
    forms.map((variant, i) => registry.publish('1.0.0', 2, {files: files([60, 5][i]!), change: {variant}})),
  );
  const release = registry.release([full]);
  release.models.scale!.versions['1.0.0']!.variants = [half!, tiny!].map(({digest, bytes}, i) => ({
    variant: forms[i]!,
    manifest: digest,
    bytes,
  }));
  await registry.putRelease(release);
  const told: StorageChange[] = [];
  const kedge = await client(registry, {storageBudgetBytes: half!.bytes});
  kedge.on('storage', change => told.push(change));
  const model = await kedge.model('scale');
  expect([model.manifest?.variant, (await model.predict(x)).outputs.y!.data[0]]).toEqual(['half', 2]);
  expect(model.problems.map(({code}) => code)).toEqual(['storage_full']);
  expect(told).toMatchObject([{kind: 'variant', version: '1.0.0', variant: 'half', problem: {code: 'storage_full'}}]);
  const asked = (await registry.requests('/blobs/')).map(({path}) => path.split('/').at(-1));
  expect(asked).not.toContain(full.manifest.artifacts[0]!.sha256);
  expect((await kedge.storage()).versions).toEqual(
    expect.arrayContaining([
      expect.objectContaining({variant: null, code: 'storage_full', bytes: full.bytes}),
      expect.objectContaining({variant: 'half', state: 'active'}),
    ]),
  );
});

/** Files of a version: a model, and a large one under a name that several versions may share. */
const filesWith = (scale: number, labels: string) =>
  new Map([
    ['model.onnx', doubler(scale)],
    ['labels.txt', new TextEncoder().encode(labels)],
  ]);
const [labels, others] = [differing(4000), differing(4010).slice(10)];

/** What they share counts once. */
const bytesTogether = (...versions: readonly PublishedVersion[]) =>
  bytesIn(
    versions.flatMap(({manifest}) => chunksOf(manifest)),
    new Set(),
  );

/** 1.1.0 serves, and one that has most in common with 1.2.0 is installed beside it. @param first changes that one */
async function beforeUpdate(first: {expectedScale?: number} = {}) {
  const registry = await TestRegistry.create();
  const next = await registry.publish('1.1.0', 3, {files: filesWith(3, others)});
  const old = await registry.publish('1.0.0', 2, {files: filesWith(2, labels), ...first});
  const newest = await registry.publish('1.2.0', 4, {files: filesWith(4, labels)});
  const release = (champion: typeof old, version: number) =>
    registry.putRelease(
      registry.release([champion, ...[old, next, newest].filter(one => one !== champion)], {version}),
    );
  await release(old, 1);
  await visit(registry);
  await release(next, 2);
  await visit(registry, {releaseWaitMs: 30_000});
  await release(newest, 3);
  const asked = async () => (await registry.requests(old.manifest.artifacts[1]!.sha256)).length;
  return {registry, old, next, newest, asked};
}

test.each([
  ['the way back', {}],
  ['a version that failed', {expectedScale: 9}],
])('%s makes room for an update, and what both hold stays: only the difference is fetched', async (_, first) => {
  const {registry, next, newest, asked} = await beforeUpdate(first);
  const before = await asked();
  const storageBudgetBytes = bytesTogether(next, newest);
  const kedge = await client(registry, {releaseWaitMs: 30_000, storageBudgetBytes});
  expect(await ask(kedge)).toMatchObject({y: 4, served: {source: 'model', version: '1.2.0'}});
  const {bytes, evictions, versions} = await kedge.storage();
  expect([await asked(), bytes]).toEqual([before, storageBudgetBytes]);
  expect(evictions).toMatchObject([{version: '1.0.0', reason: 'budget'}]);
  expect(versions.map(({version}) => version).sort()).toEqual(['1.1.0', '1.2.0']);
});

test('an update for which that makes too little room runs from memory: nothing goes, and it is told', async () => {
  const {registry, old, next, asked} = await beforeUpdate();
  const larger = await registry.publish('1.3.0', 4, {files: filesWith(4, `${labels} and one more`)});
  await registry.putRelease(registry.release([larger, old, next], {version: 4}));
  const before = await asked();
  const storageBudgetBytes = bytesTogether(old, next);
  const kedge = await client(registry, {releaseWaitMs: 30_000, storageBudgetBytes});
  const model = await kedge.model('scale');
  expect([model.served.version, model.problems.map(({code}) => code)]).toEqual(['1.3.0', ['storage_full']]);
  const {evictions, bytes} = await kedge.storage();
  expect([await asked(), evictions, bytes > storageBudgetBytes]).toEqual([before, [], true]);
  await kedge.close();
  expect((await visit(registry)).served).toMatchObject({source: 'model', version: '1.3.0'});
});
