import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {editRelease, newKeys, readKey} from '@kedge/cli';
import type {Page} from '@playwright/test';
import type {KedgeServer} from '../fixtures/kedge-server.js';
import {expect, test} from '../fixtures/test.js';

const hourMs = 3_600_000;
const channelFile = ({registry}: KedgeServer) => join(registry, 'channels', 'prod.json');

/** Signs the release again. @returns the file's text before */
async function signAgain(server: KedgeServer, change: {now?: Date; expiresMs?: number; key?: string}): Promise<string> {
  const before = await readFile(channelFile(server), 'utf8');
  const {key, ...dates} = change;
  const own = server.privateKey;
  const edit = {registry: server.registry, channel: 'prod', ...dates};
  await editRelease(
    {kind: 'sign'},
    key
      ? {...edit, privateKeys: [await readKey(key, 'private')], trustedKeys: [publicOf(own)]}
      : {...edit, privateKeys: [own]},
  );
  return before;
}

const publicOf = ({kty, crv, x, y}: KedgeServer['privateKey']) => ({kty, crv, x, y}) as KedgeServer['privateKey'];

interface InForce {
  before: number | undefined;
  release: number | undefined;
  problem: string | undefined;
  served: string | null;
  source: string;
}

/** Opens a client, asks the registry for a newer release, and predicts. */
function refresh(page: Page): Promise<InForce> {
  return page.evaluate(async () => {
    const kedge = await window.openKedge();
    const before = kedge.release?.version;
    await kedge.refresh();
    const model = await kedge.model('digits');
    const {served} = await model.predict({image: new Float32Array(784).fill(0.5)});
    const answer = {
      before,
      release: kedge.release?.version,
      problem: kedge.releaseProblem?.code,
      served: served.version,
      source: served.source,
    };
    await kedge.close();
    return answer;
  });
}

const faults: [code: string, break_: (server: KedgeServer) => Promise<unknown>][] = [
  [
    'signature_invalid',
    async server => {
      const keys = join(server.folder, 'other-keys');
      await newKeys(keys);
      await signAgain(server, {key: join(keys, 'private.json')});
    },
  ],
  ['release_expired', server => signAgain(server, {now: new Date(Date.now() - 2 * hourMs), expiresMs: hourMs})],
  [
    'release_invalid',
    async server => {
      const text = await readFile(channelFile(server), 'utf8');
      await writeFile(channelFile(server), text.slice(0, text.length / 2));
    },
  ],
];

for (const [code, break_] of faults) {
  test(`a release that is ${code} is refused, and the one in force stays`, async ({page, server}) => {
    await page.goto('/e2e/');
    const first = await refresh(page);
    expect(first).toMatchObject({problem: undefined, source: 'model'});
    await break_(server);
    expect(await refresh(page)).toEqual({...first, before: first.release, problem: code});
  });

  test(`a first visit that finds a release that is ${code} says so, and downloads no model`, async ({
    demo,
    server,
    traffic,
  }) => {
    await break_(server);
    await demo.open();
    await expect(demo.get('app')).not.toHaveAttribute('data-state', 'loading');
    // Only the client itself looks at the date.
    if (code === 'release_expired') await demo.get('get-model').click();
    await demo.expectState('failed');
    await expect(demo.get('notice')).toHaveAttribute('data-code', code);
    expect(traffic.requests.filter(({url}) => /\/(blobs|manifests)\//.test(url))).toEqual([]);
  });
}

test('an older release is refused, also when it is signed and has not expired', async ({page, server}) => {
  await page.goto('/e2e/');
  const older = await signAgain(server, {});
  const first = await refresh(page);
  await writeFile(channelFile(server), older);
  expect(await refresh(page)).toEqual({...first, before: first.release, problem: 'release_rollback'});
  await signAgain(server, {});
  // Higher than what is in the registry, but the same as the one that was seen.
  expect(await refresh(page)).toMatchObject({problem: undefined, release: first.release});
  await signAgain(server, {});
  expect(await refresh(page)).toMatchObject({problem: undefined, release: first.release! + 1});
});

test('a refused release does not stop a page that has a model', async ({demo, server}) => {
  await demo.open();
  await demo.getModel();
  const version = await demo.get('version').textContent();
  const keys = join(server.folder, 'other-keys');
  await newKeys(keys);
  await signAgain(server, {key: join(keys, 'private.json')});
  for (let visit = 0; visit < 2; visit++) {
    await demo.page.reload();
    await demo.expectState('ready');
    await expect(demo.get('version')).toHaveText(version!);
    await demo.predictTestDigit();
  }
});
