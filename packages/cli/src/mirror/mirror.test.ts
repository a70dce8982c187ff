import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {file, folder, pseudoRandom} from '../../testing/fixtures.js';
import {host} from '../../testing/host.js';
import {keyPair, packBytes, testRegistry, type TestRegistry} from '../../testing/registry.js';
import {collectGarbage} from '../gc/collect-garbage.js';
import {readUnnamedSince, writeUnnamedSince} from '../gc/unnamed-since.js';
import {addVersion, editRelease} from '../release/edit.js';
import {serve} from '../serve/serve.js';
import {mirror} from './mirror.js';

let made: TestRegistry;
let to: string;

beforeEach(async () => {
  made = await testRegistry();
  to = `${folder()}/copy`;
});

/** Every file of a registry with its content, hidden ones apart. */
function contentOf(registry: string): Record<string, string> {
  const files = readdirSync(registry, {recursive: true, encoding: 'utf8'}).filter(path => !path.includes('/.'));
  const plain = files.filter(path => statSync(join(registry, path)).isFile()).sort();
  return Object.fromEntries(plain.map(path => [path, readFileSync(join(registry, path), 'base64')]));
}

it('copies all that the releases of a folder name, and nothing else', async () => {
  await packBytes(made.registry, '9.0.0', pseudoRandom(1000, 9));
  await addVersion('digits@1.0.0', true, {...made.options, channel: 'staging'});
  const done = await mirror({from: made.registry, to, trustedKeys: [made.keys.publicKey]});
  expect(done.channels).toEqual([
    {channel: 'prod', version: 2, before: undefined},
    {channel: 'staging', version: 1, before: undefined},
  ]);
  const {first, second} = made;
  const blobs = [first, second].flatMap(({manifest: {artifacts, patches = [], runtime}}) =>
    [...artifacts, ...patches, ...(runtime.files ?? [])].map(({sha256}) => `blobs/${sha256}`),
  );
  expect(Object.keys(contentOf(to))).toEqual(
    ['channels/prod.json', 'channels/staging.json', ...blobs]
      .concat([first, second].map(({address}) => `manifests/${address}.json`))
      .sort(),
  );
  expect(contentOf(made.registry)).toMatchObject(contentOf(to));
  expect([done.copied, done.present]).toEqual([6, 0]);
});

it('copies from a host, and the second time only what is new', async () => {
  const serving = await serve({registry: made.registry, data: folder(), port: 0});
  try {
    const first = await mirror({from: `${serving.url}/registry/`, to});
    expect(contentOf(to)).toEqual(contentOf(made.registry));
    await packBytes(made.registry, '1.2.0', pseudoRandom(100_000, 7));
    await addVersion('digits@1.2.0', true, made.options);
    const second = await mirror({from: serving.url, to});
    expect(contentOf(to)).toEqual(contentOf(made.registry));
    expect([second.copied, second.present, second.presentBytes]).toEqual([2, first.copied, first.copiedBytes]);
    expect(second.channels).toEqual([{channel: 'prod', version: 3, before: 2}]);
  } finally {
    await serving.close();
  }
});

describe('a connection that breaks', () => {
  it('costs nothing that was verified, in one run and over several', async () => {
    const {sha256, bytes} = made.second.artifact;
    let broken = 0;
    const flaky = await host(made.registry, (answer, {url}) =>
      url === `/blobs/${sha256}` && broken++ < 3 ? {...answer, cutAfter: 1_300_000} : answer,
    );
    await mirror({from: flaky.url, to});
    expect(contentOf(to)).toEqual(contentOf(made.registry));
    const asked = flaky.requests.filter(line => line.includes(sha256));
    expect(asked[0]).toBe(`GET /blobs/${sha256}`);
    expect(asked.slice(1).every(line => /bytes=[1-9]\d*-$/.test(line))).toBe(true);
    const all = [made.first, made.second].flatMap(({manifest: {artifacts, patches = [], runtime}}) => [
      ...artifacts,
      ...patches,
      ...(runtime.files ?? []),
    ]);
    // Only the chunk that was cut comes twice, each time at most 2 MiB of it.
    const once = all.reduce((sum, one) => sum + one.bytes, 0);
    expect(flaky.blobBytes()).toBeLessThan(once + 3 * 2 ** 21);
    expect(bytes).toBe(3_000_000);
  });

  it('leaves no release behind, and the next run goes on where it stopped', async () => {
    const {sha256} = made.second.artifact;
    const dying = await host(made.registry, (answer, {url, headers}) => {
      if (url !== `/blobs/${sha256}`) return answer;
      return headers.range ? {...answer, status: 404} : {...answer, cutAfter: 2_500_000};
    });
    await expect(mirror({from: dying.url, to})).rejects.toMatchObject({code: 'response_invalid'});
    expect(existsSync(`${to}/channels/prod.json`)).toBe(false);
    const healthy = await host(made.registry);
    await mirror({from: healthy.url, to});
    expect(contentOf(to)).toEqual(contentOf(made.registry));
    const [asked] = healthy.requests.filter(line => line.includes(sha256));
    expect(asked).toMatch(/bytes=[1-9]\d+-$/);
  });

  it('can be cancelled, and puts no half file in place', async () => {
    const controller = new AbortController();
    const slow = await host(made.registry);
    const running = mirror({
      from: slow.url,
      to,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stop')),
    });
    await expect(running).rejects.toThrow('stop');
    expect(existsSync(`${to}/channels/prod.json`)).toBe(false);
  });
});

describe('what is there already', () => {
  beforeEach(() => mirror({from: made.registry, to}));

  it('is checked on demand, and repaired', async () => {
    const {sha256} = made.first.artifact;
    const bytes = readFileSync(`${to}/blobs/${sha256}`);
    bytes[1_000_000]! ^= 1;
    writeFileSync(`${to}/blobs/${sha256}`, bytes);
    expect((await mirror({from: made.registry, to})).repaired).toEqual([]);
    const done = await mirror({from: made.registry, to, verify: true});
    expect([done.repaired, done.copied]).toEqual([['model.onnx of digits@1.0.0'], 1]);
    expect(contentOf(to)).toEqual(contentOf(made.registry));
  });

  it('is replaced when its length is wrong or its manifest damaged', async () => {
    truncateSync(`${to}/blobs/${made.first.artifact.sha256}`, 5);
    writeFileSync(`${to}/manifests/${made.first.address}.json`, '{}');
    await mirror({from: made.registry, to});
    expect(contentOf(to)).toEqual(contentOf(made.registry));
  });

  it('is never replaced by an older release', async () => {
    const backup = readFileSync(`${made.registry}/channels/prod.json`);
    await editRelease({kind: 'sign'}, made.options);
    await mirror({from: made.registry, to});
    writeFileSync(`${made.registry}/channels/prod.json`, backup);
    await expect(mirror({from: made.registry, to})).rejects.toMatchObject({
      code: 'release_rollback',
      message: expect.stringContaining('--at-least 4'),
    });
  });
});

describe('a kedge gc on the copy', () => {
  const dayMs = 86_400_000;
  const files = () => [`manifests/${made.first.address}.json`, `blobs/${made.first.artifact.sha256}`];
  const areThere = () => files().map(path => existsSync(join(to, path)));

  /** The copy holds 1.0.0, which no release of it has named for so many days; the source names it again. */
  async function unnamedFor(days: number): Promise<void> {
    await packBytes(made.registry, '1.2.0', pseudoRandom(100_000, 7));
    await addVersion('digits@1.2.0', true, made.options);
    await mirror({from: made.registry, to});
    const then = Date.now() - days * dayMs;
    for (const path of files()) utimesSync(join(to, path), then / 1000, then / 1000);
    await editRelease({kind: 'remove', model: 'digits', version: '1.0.0'}, made.options);
    await mirror({from: made.registry, to});
    await writeUnnamedSince(to, new Map(files().map(path => [path, then])));
    await addVersion('digits@1.0.0', false, made.options);
  }

  it('while it is copied takes nothing that is there already and about to be named', async () => {
    await unnamedFor(8);
    const {artifact} = await packBytes(made.registry, '2.0.0', pseudoRandom(500_000, 8));
    await addVersion('digits@2.0.0', false, made.options);
    let freed: string[] | undefined;
    const slow = await host(made.registry, async (answer, {url}) => {
      if (url !== `/blobs/${artifact.sha256}`) return answer;
      freed = (await collectGarbage({registry: to})).freed.map(({path}) => path);
      return answer;
    });
    await mirror({from: slow.url, to, connections: 1});
    expect(freed).toEqual([]);
    expect(contentOf(to)).toMatchObject(contentOf(made.registry));
  });

  it('lets what it took be copied again before a release names it', async () => {
    await unnamedFor(8);
    const {artifact} = await packBytes(made.registry, '2.0.0', pseudoRandom(500_000, 8));
    await addVersion('digits@2.0.0', false, made.options);
    const slow = await host(made.registry, (answer, {url}) => {
      if (url === `/blobs/${artifact.sha256}`) for (const path of files()) unlinkSync(join(to, path));
      return answer;
    });
    const done = await mirror({from: slow.url, to, connections: 1});
    expect(contentOf(to)).toMatchObject(contentOf(made.registry));
    expect([done.copied, areThere()]).toEqual([4, [true, true]]);
  });

  it('counts a file’s time anew once a mirror has named it again', async () => {
    await unnamedFor(30);
    await mirror({from: made.registry, to});
    expect([...(await readUnnamedSince(to)).keys()]).toEqual([]);
    // As if it had been named for thirty days until now.
    for (const path of files()) utimesSync(join(to, path), Date.now() / 1000 - 3e6, Date.now() / 1000 - 3e6);
    await editRelease({kind: 'remove', model: 'digits', version: '1.0.0'}, made.options);
    await mirror({from: made.registry, to});
    const {freed, waiting} = await collectGarbage({registry: to, now: new Date(Date.now() + 60_000)});
    expect([freed, waiting.map(({path}) => path)]).toEqual([[], files()]);
  });

  it('counts from when the copy came to name a file no more, not from when its source did', async () => {
    await packBytes(made.registry, '1.2.0', pseudoRandom(100_000, 7));
    await addVersion('digits@1.2.0', true, made.options);
    await mirror({from: made.registry, to});
    for (const path of files()) utimesSync(join(to, path), 0, 0);
    const now = new Date(Date.now() - 20 * dayMs);
    await editRelease({kind: 'remove', model: 'digits', version: '1.0.0'}, {...made.options, now});
    await mirror({from: made.registry, to});
    expect((await collectGarbage({registry: to})).freed).toEqual([]);
  });
});

it('waits for another mirror into the same folder, and copies nothing twice', async () => {
  const slow = await host(made.registry, async answer => {
    await new Promise(resolve => setTimeout(resolve, 30));
    return answer;
  });
  const both = await Promise.all([mirror({from: slow.url, to}), mirror({from: slow.url, to})]);
  expect(contentOf(to)).toEqual(contentOf(made.registry));
  expect(both.map(({copied}) => copied).sort()).toEqual([0, 6]);
});

it('is cancelled also while it checks what is there', async () => {
  await mirror({from: made.registry, to});
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('stop'));
  const {signal} = controller;
  await expect(mirror({from: made.registry, to, verify: true, connections: 1, signal, onProgress})).rejects.toThrow(
    'stop',
  );
});

describe('refuses', () => {
  it('a release that no trusted key signed, before anything is copied', async () => {
    const other = await keyPair();
    const refused = mirror({from: made.registry, to, trustedKeys: [other.publicKey]});
    await expect(refused).rejects.toMatchObject({code: 'signature_invalid'});
    expect(Object.keys(contentOf(to))).toEqual([]);
  });

  it.each([
    ['a flipped byte', (bytes: Buffer) => ((bytes[1_500_000]! ^= 1), bytes), /chunk \d+: expected SHA-256/],
    ['a short blob', (bytes: Buffer) => bytes.subarray(0, -1), /ends in chunk/],
    ['a long blob', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]), /goes on after its last chunk/],
  ])('%s, and leaves no release', async (_, spoil, message) => {
    const path = `${made.registry}/blobs/${made.first.artifact.sha256}`;
    writeFileSync(path, spoil(readFileSync(path)));
    await expect(mirror({from: made.registry, to})).rejects.toThrow(message);
    expect(existsSync(`${to}/channels/prod.json`)).toBe(false);
    expect(existsSync(`${to}/blobs/${made.first.artifact.sha256}`)).toBe(false);
  });

  it('an HTML page in place of a file, a missing channel, and what is no registry', async () => {
    const soft = await host(made.registry, answer => ({
      ...answer,
      status: 200,
      headers: {'content-type': 'text/html'},
    }));
    await expect(mirror({from: soft.url, to})).rejects.toThrow(/got an HTML page/);
    await expect(mirror({from: made.registry, to, channels: ['none']})).rejects.toThrow(/no such file in the registry/);
    await expect(mirror({from: made.registry, to, channels: ['../x']})).rejects.toThrow(/--channel: expected/);
    await expect(mirror({from: '/none', to})).rejects.toThrow(/expected an address \(https:\/\/…\) or a folder/);
    await expect(mirror({from: file(folder(), 'x', ''), to})).rejects.toThrow(/neither/);
    await expect(mirror({from: folder(), to})).rejects.toThrow(/has no channel/);
  });

  it('a manifest that is not the one named; a missing one only while its version is not revoked', async () => {
    const path = `${made.registry}/manifests/${made.first.address}.json`;
    writeFileSync(path, '{}');
    await expect(mirror({from: made.registry, to})).rejects.toMatchObject({code: 'manifest_invalid'});
    rmSync(path);
    await expect(mirror({from: made.registry, to})).rejects.toMatchObject({code: 'response_invalid'});
    await editRelease({kind: 'revoke', model: 'digits', version: '1.0.0'}, made.options);
    expect((await mirror({from: made.registry, to})).channels).toEqual([
      {channel: 'prod', version: 3, before: undefined},
    ]);
  });
});
