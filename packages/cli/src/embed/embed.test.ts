import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {beforeEach, describe, expect, it} from 'vitest';
import {folder, pseudoRandom, readJson} from '../../testing/fixtures.js';
import {host} from '../../testing/host.js';
import {keyPair, packBytes, testRegistry, type TestRegistry} from '../../testing/registry.js';
import {addVersion, editRelease} from '../release/edit.js';
import {embed} from './embed.js';
import {checkEmbedded, embeddedText, writeEmbedded} from './write-embedded.js';

let made: TestRegistry;

beforeEach(async () => {
  made = await testRegistry(10_000);
});

const textOf = (path: string) => readFileSync(`${made.registry}/${path}`, 'utf8');

it('gives the release and the champion’s manifest as they lie in the registry', async () => {
  const {embedded} = await embed({models: ['digits'], registry: made.registry, trustedKeys: [made.keys.publicKey]});
  expect(embedded).toEqual({
    release: textOf('channels/prod.json').trim(),
    manifests: [textOf(`manifests/${made.second.address}.json`)],
  });
});

it('adds the arms of running experiments, and versions that are named', async () => {
  const {address} = await packBytes(made.registry, '2.0.0', pseudoRandom(1000, 8));
  await addVersion('digits@2.0.0', false, made.options);
  const arms = [
    {key: 'now', version: '1.1.0'},
    {key: 'new', version: '2.0.0'},
  ];
  await editRelease({kind: 'start', experiment: {key: 'e', model: 'digits', arms}}, made.options);
  const addressesOf = async (...models: string[]) =>
    (await embed({models, registry: made.registry})).versions.map(one => one.address);
  expect(await addressesOf('digits')).toEqual([address, made.second.address].sort());
  expect(await addressesOf('digits', 'digits@1.0.0')).toEqual(
    [address, made.first.address, made.second.address].sort(),
  );
  expect(await addressesOf('digits@1.0.0')).toEqual([made.first.address]);
});

it('reads from a host as from a folder', async () => {
  const {url} = await host(made.registry);
  const models = ['digits'];
  expect(await embed({models, registry: url})).toEqual(await embed({models, registry: made.registry}));
});

describe('the file', () => {
  it('is the same from the same release, whoever writes it', async () => {
    const one = embeddedText(await embed({models: ['digits', 'digits@1.0.0'], registry: made.registry}), 'x.ts');
    const other = embeddedText(await embed({models: ['digits@1.0.0', 'digits'], registry: made.registry}), 'x.ts');
    expect(other).toBe(one);
  });

  it('holds what was embedded: as JSON, as a module, and as typed TypeScript', async () => {
    const found = await embed({models: ['digits'], registry: made.registry});
    const dir = folder();
    for (const name of ['e.json', 'e.mjs', 'e.ts']) expect(await writeEmbedded(found, `${dir}/${name}`)).toBe(true);
    expect(readJson(`${dir}/e.json`)).toEqual(found.embedded);
    const module = (await import(pathToFileURL(`${dir}/e.mjs`).href)) as {embedded: unknown};
    expect(module.embedded).toEqual(found.embedded);
    writeFileSync(
      `${dir}/use.ts`,
      "import {embedded} from './e.js';\nexport const a: string = embedded.release;\nexport const b: readonly string[] = embedded.manifests;\n",
    );
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const flags = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--isolatedDeclarations',
      '--declaration',
      '--target',
      'ES2023',
      '--module',
      'nodenext',
      '--types',
      'node',
    ];
    expect(
      execFileSync(process.execPath, [tsc, ...flags, `${dir}/use.ts`], {encoding: 'utf8', cwd: import.meta.dirname}),
    ).toBe('');
  });

  it('is left alone while it is right, and found out when the release moves on', async () => {
    const file = `${folder()}/embedded.ts`;
    const now = () => embed({models: ['digits'], registry: made.registry});
    await expect(checkEmbedded(await now(), file)).rejects.toThrow(/is missing/);
    await writeEmbedded(await now(), file);
    expect(await writeEmbedded(await now(), file)).toBe(false);
    await checkEmbedded(await now(), file);
    await editRelease({kind: 'sign'}, made.options);
    await expect(checkEmbedded(await now(), file)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/is out of date: the registry is at prod release 3; run kedge embed/),
    });
  });

  it('must end in what a bundler reads', async () => {
    const found = await embed({models: ['digits'], registry: made.registry});
    expect(() => embeddedText(found, 'x.txt')).toThrow(/--out: expected a file that ends in \.ts, \.js or \.json/);
  });
});

describe('refuses', () => {
  it('unknown models and versions, and other keys', async () => {
    const from = {registry: made.registry};
    await expect(embed({...from, models: ['faces']})).rejects.toMatchObject({code: 'model_unknown'});
    await expect(embed({...from, models: ['digits@7.0.0']})).rejects.toMatchObject({code: 'model_unknown'});
    const {publicKey} = await keyPair();
    await expect(embed({...from, models: ['digits'], trustedKeys: [publicKey]})).rejects.toMatchObject({
      code: 'signature_invalid',
    });
  });

  it('a manifest that is not the one named', async () => {
    writeFileSync(`${made.registry}/manifests/${made.second.address}.json`, '{}');
    await expect(embed({registry: made.registry, models: ['digits']})).rejects.toMatchObject({
      code: 'manifest_invalid',
    });
  });
});
