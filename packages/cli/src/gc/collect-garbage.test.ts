import {existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {file, folder, pseudoRandom} from '../../testing/fixtures.js';
import {packBytes, testRegistry, type TestRegistry} from '../../testing/registry.js';
import {addVersion, editRelease} from '../release/edit.js';
import {collectGarbage} from './collect-garbage.js';
import {nameFiles} from './name-files.js';
import {readUnnamedSince} from './unnamed-since.js';

const dayMs = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs);

let made: TestRegistry;
let registry: string;

beforeEach(async () => {
  made = await testRegistry(300_000);
  ({registry} = made);
});

/** Every file of the registry, as if nothing had been written for so long. */
function age(days: number): void {
  const then = new Date(Date.now() - days * dayMs);
  for (const folder of ['blobs', 'manifests'])
    for (const name of readdirSync(join(registry, folder))) utimesSync(join(registry, folder, name), then, then);
}

const holds = (digest: string) => existsSync(join(registry, 'blobs', digest));

it('keeps what any channel names: versions, patches, runtime files, however old', async () => {
  const staging = await packBytes(registry, '2.0.0', pseudoRandom(100_000, 9));
  await addVersion('digits@2.0.0', true, {...made.options, channel: 'staging'});
  age(400);
  const before = readdirSync(join(registry, 'blobs'));
  const {freed, waiting} = await collectGarbage({registry, now: inDays(400)});
  expect([freed, waiting]).toEqual([[], []]);
  expect(readdirSync(join(registry, 'blobs'))).toEqual(before);
  expect(holds(staging.artifact.sha256)).toBe(true);
});

it('keeps variants of a released version', async () => {
  const small = await packBytes(registry, '1.1.0', pseudoRandom(50_000, 8), {variant: 'int8'});
  const {release} = await editRelease({kind: 'sign'}, {...made.options, dryRun: true});
  release.models['digits']!.versions['1.1.0']!.variants = [{variant: 'int8', manifest: small.address, bytes: 50_000}];
  const {writeRelease} = await import('../release/document.js');
  await writeRelease(registry, release, made.options.privateKeys);
  age(400);
  expect((await collectGarbage({registry, now: inDays(400)})).freed).toEqual([]);
});

describe('what no release names', () => {
  beforeEach(async () => {
    // 1.2.0 takes the place of 1.1.0 as what a rollback goes to, so that 1.0.0 can leave.
    await packBytes(registry, '1.2.0', pseudoRandom(300_000, 5));
    await addVersion('digits@1.2.0', true, made.options);
    await editRelease({kind: 'remove', model: 'digits', version: '1.0.0'}, made.options);
    age(400);
  });
  const gone = () => [`manifests/${made.first.address}.json`, `blobs/${made.first.artifact.sha256}`];

  it('goes a week after it was last named, not a week after it was written', async () => {
    const early = await collectGarbage({registry, now: inDays(6)});
    expect([early.freed, early.waiting.map(({path}) => path)]).toEqual([[], gone()]);
    const late = await collectGarbage({registry, now: inDays(8)});
    expect(late.freed.map(({path, why}) => [path, why])).toEqual(gone().map(path => [path, 'unnamed']));
    expect(late.freedBytes).toBe(300_000 + late.freed[0]!.bytes);
    expect(holds(made.first.artifact.sha256)).toBe(false);
    expect(holds(made.second.artifact.sha256)).toBe(true);
  });

  it('waits no longer because the release is signed anew meanwhile', async () => {
    await collectGarbage({registry, now: inDays(1)});
    await editRelease({kind: 'sign'}, {...made.options, now: inDays(6), expiresMs: 90 * dayMs});
    expect((await collectGarbage({registry, now: inDays(8)})).freed.map(({path}) => path)).toEqual(gone());
  });

  it('begins its time anew when it was named again', async () => {
    await collectGarbage({registry, now: inDays(1)});
    await addVersion('digits@1.0.0', false, made.options);
    expect((await collectGarbage({registry, now: inDays(8)})).freed).toEqual([]);
    expect(holds(made.first.artifact.sha256)).toBe(true);
  });

  it('waits while a release comes to name it again', async () => {
    await collectGarbage({registry, now: inDays(1)});
    let collected: ReturnType<typeof collectGarbage> | undefined;
    const {missing} = await nameFiles(registry, gone(), async () => {
      collected = collectGarbage({registry, now: inDays(8)});
      await new Promise(resolve => setTimeout(resolve, 100));
      await editRelease(
        {kind: 'add', model: 'digits', version: '1.0.0', champion: false, manifest: made.first.address, bytes: 300_000},
        made.options,
      );
    });
    expect([missing, (await collected!).freed]).toEqual([[], []]);
    expect((await readUnnamedSince(registry)).size).toBe(0);
  });

  it('is not named by a release when a part of it is gone', async () => {
    rmSync(join(registry, gone()[1]!));
    let published = false;
    const {missing} = await nameFiles(registry, gone(), async () => void (published = true));
    expect([missing, published]).toEqual([[gone()[1]], false]);
    await expect(addVersion('digits@1.0.0', false, made.options)).rejects.toThrow(
      /model\.onnx of digits@1\.0\.0 \(blobs\/.*the file is missing/,
    );
  });

  it('stays on a dry run, which says what would go and writes nothing', async () => {
    const tried = await collectGarbage({registry, now: inDays(8), dryRun: true});
    expect([tried.freed.map(({path}) => path), tried.written]).toEqual([gone(), false]);
    expect(holds(made.first.artifact.sha256)).toBe(true);
    expect(existsSync(join(registry, '.gc.json'))).toBe(false);
  });

  it('stays when it is packed anew between the look and the removal', async () => {
    const {freed} = await collectGarbage({
      registry,
      now: inDays(8),
      onProgress: ({done}) => {
        if (done === 1) utimesSync(join(registry, gone()[1]!), inDays(8), inDays(8));
      },
    });
    expect(freed.map(({path}) => path)).toEqual(gone().slice(0, 1));
    expect(holds(made.first.artifact.sha256)).toBe(true);
  });
});

it('keeps what is packed but not released yet, with old blobs that it shares', async () => {
  age(400);
  const {address} = await packBytes(registry, '3.0.0', pseudoRandom(80_000, 6));
  const [blob] = JSON.parse(readFileSync(join(registry, 'manifests', `${address}.json`), 'utf8')).artifacts;
  utimesSync(join(registry, 'blobs', String(blob.sha256)), 0, 0);
  const {freed, waiting} = await collectGarbage({registry, keepMs: 0, now: new Date()});
  expect([freed, waiting.map(({path}) => path)]).toEqual([[], [`manifests/${address}.json`, `blobs/${blob.sha256}`]]);
  const {freed: later} = await collectGarbage({registry, keepMs: 0, now: new Date(Date.now() + 2 * 3_600_000)});
  expect(later.map(({path}) => path)).toEqual([`manifests/${address}.json`, `blobs/${blob.sha256}`]);
});

it('removes drafts that are older than a day, and leaves running ones and all other files', async () => {
  const [left, running] = ['.x.1.tmp', '.x.2.tmp'].map(name => file(join(registry, 'blobs'), name, 'draft'));
  const readme = file(registry, 'README.md', 'ours');
  utimesSync(left!, inDays(-2), inDays(-2));
  utimesSync(readme, 0, 0);
  expect((await collectGarbage({registry})).freed.map(({path, why}) => [path, why])).toEqual([
    ['blobs/.x.1.tmp', 'draft'],
  ]);
  expect([left!, running!, readme].map(path => existsSync(path))).toEqual([false, true, true]);
});

describe('removes nothing', () => {
  it('from a folder without a release', async () => {
    await expect(collectGarbage({registry: folder()})).rejects.toThrow(
      /has no release, so nothing says what is in use/,
    );
  });

  it('when a release can’t be read', async () => {
    writeFileSync(join(registry, 'channels/old.json'), '{"payload"');
    age(400);
    const {freed} = await collectGarbage({registry, now: inDays(400)}).catch(() => ({freed: 'refused'}));
    expect(freed).toBe('refused');
  });

  it('when a manifest in use is missing, unless its version is revoked', async () => {
    rmSync(join(registry, 'manifests', `${made.first.address}.json`));
    await expect(collectGarbage({registry})).rejects.toThrow(/holds no manifest/);
    await editRelease({kind: 'revoke', model: 'digits', version: '1.0.0'}, made.options);
    await expect(collectGarbage({registry})).resolves.toMatchObject({written: true});
  });
});

it('a version is not released while one of its files is missing', async () => {
  const {artifact} = await packBytes(registry, '4.0.0', pseudoRandom(10_000, 7));
  rmSync(join(registry, 'blobs', artifact.sha256));
  await expect(addVersion('digits@4.0.0', false, made.options)).rejects.toThrow(/model\.onnx.*the file is missing/);
});
