import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, readFileSync} from 'node:fs';
import {createSecureServer} from 'node:http2';
import type {AddressInfo} from 'node:net';
import {networkInterfaces} from 'node:os';
import {fileURLToPath} from 'node:url';
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {folder, keptFolder} from '../../testing/fixtures.js';
import {host} from '../../testing/host.js';
import {fileFaults} from '../../testing/file-faults.js';
import {pageFaults} from '../../testing/page-faults.js';
import {registryFaults} from '../../testing/registry-faults.js';
import {keyPair, packBytes, testRegistry, type TestRegistry} from '../../testing/registry.js';
import {testSite} from '../../testing/site.js';
import {addVersion, editRelease} from '../release/edit.js';
import {serve} from '../serve/serve.js';
import {describeDiagnosis} from './describe.js';
import {type Diagnosis, doctor, type DoctorOptions} from './doctor.js';
import {groups, hostNames} from './finding.js';

/** Not blocking: the server that it asks is in this process. */
async function run(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, args, {env: {...process.env, ...env}});
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const [status] = (await once(child, 'close')) as [number];
  return {status, stdout: out.join(''), stderr: err.join('')};
}

let made: TestRegistry;
let site: string;

/** Every test of the table reads it, none writes. */
beforeAll(async () => {
  made = await testRegistry(600_000, keptFolder);
  site = testSite(keptFolder);
});

const faults = [...registryFaults, ...fileFaults(() => made), ...pageFaults];

/** What is not fine, as `check: level`. */
async function problems(url: string, options: Partial<DoctorOptions> = {}) {
  const trustedKeys = [made.keys.publicKey];
  const {findings} = await doctor({registry: url, trustedKeys, origin: 'https://app.example', ...options});
  return findings.filter(({level}) => level !== 'ok');
}

describe('a host that does everything right, but for', () => {
  it.each(faults)('%s', async (_, spoil, expected) => {
    const {url} = await host(made.registry, spoil, site);
    const found = await problems(url, {page: url});
    const levels = Object.fromEntries(found.map(({check, level}) => [check, level]));
    expect(levels).toEqual(expected);
    for (const {fix, where} of found) {
      expect(fix!.advice.length).toBeGreaterThan(10);
      expect(where).toContain(url);
      expect(Object.keys(fix!.hosts).filter(name => !(hostNames as readonly string[]).includes(name))).toEqual([]);
    }
  });
});

it('finds nothing wrong with kedge serve, page included, isolated or not', async () => {
  for (const isolate of [false, true]) {
    const serving = await serve({registry: made.registry, data: folder(), site, port: 0, isolate});
    onTestFinished(() => serving.close());
    const at = `${serving.url}/registry`;
    expect(await problems(at, {page: serving.url})).toEqual([]);
    const {
      page,
      host: name,
      counts,
      release,
    } = await doctor({
      ...{registry: at, page: serving.url, trustedKeys: [made.keys.publicKey]},
    });
    expect([page, name, release, counts.error + counts.warning]).toEqual([serving.url, 'kedge-serve', 2, 0]);
  }
});

describe('the release', () => {
  it('must be signed by a trusted key', async () => {
    const {url} = await host(made.registry);
    const {publicKey} = await keyPair();
    expect(await problems(url, {trustedKeys: [publicKey]})).toMatchObject([{check: 'signature', level: 'error'}]);
    expect(await problems(url, {trustedKeys: []})).toMatchObject([
      {check: 'signature', level: 'warning', got: expect.stringMatching(/not checked/)},
    ]);
  });

  it('must not expire soon', async () => {
    const {url} = await host(made.registry);
    const inDays = (days: number) => ({now: new Date(Date.now() + days * 86_400_000)});
    expect(await problems(url, inDays(10))).toEqual([]);
    expect(await problems(url, inDays(25))).toMatchObject([{check: 'expiry', level: 'warning'}]);
    expect(await problems(url, inDays(31))).toMatchObject([
      {check: 'expiry', level: 'error', got: expect.stringMatching(/devices refuse it/)},
    ]);
  });

  it('must be of the channel that was asked for', async () => {
    const own = await testRegistry(1000);
    const {url} = await host(own.registry);
    const staging = {channel: 'staging', trustedKeys: [own.keys.publicKey]};
    expect(await problems(url, staging)).toMatchObject([{check: 'reachable', level: 'error', got: '404'}]);
    copyFileSync(`${own.registry}/channels/prod.json`, `${own.registry}/channels/staging.json`);
    expect(await problems(url, staging)).toMatchObject([
      {check: 'release', level: 'error', got: expect.stringMatching(/expected channel staging/)},
    ]);
  });

  it('must hold what a rollback goes to', async () => {
    const own = await testRegistry(1000);
    await editRelease({kind: 'revoke', model: 'digits', version: '1.0.0'}, own.options);
    const {url} = await host(own.registry);
    const {findings} = await doctor({registry: url, trustedKeys: [own.keys.publicKey]});
    expect(findings.filter(({level}) => level !== 'ok')).toMatchObject([
      {check: 'previous', level: 'warning', got: 'revoked'},
    ]);
  });
});

describe('files', () => {
  it('that are too large for a host are told, where that host could be meant', async () => {
    const own = await testRegistry(1000);
    await packBytes(own.registry, '2.0.0', new Uint8Array(26 * 2 ** 20));
    await addVersion('digits@2.0.0', false, own.options);
    const served = async (server: string) => {
      const {url} = await host(own.registry, answer => ({...answer, headers: {...answer.headers, server}}));
      return problems(url, {trustedKeys: [own.keys.publicKey], quick: true});
    };
    const [large] = await served('');
    expect(large).toMatchObject({
      check: 'sizes',
      level: 'warning',
      expected: expect.stringMatching(/25\.0 MiB.*Cloudflare Pages/),
    });
    expect(await served('nginx/1.22.1')).toEqual([]);
    expect(await served('cloudflare')).toMatchObject([{check: 'sizes'}]);
  });

  it('are fetched whole by default, and only asked for with quick', async () => {
    const [whole, quick] = [await host(made.registry), await host(made.registry)];
    await problems(whole.url);
    await problems(quick.url, {quick: true});
    const all = [made.first, made.second].flatMap(({manifest: {artifacts, patches = [], runtime}}) =>
      [...artifacts, ...patches, ...(runtime.files ?? [])].map(({bytes}) => bytes),
    );
    const total = all.reduce((sum, bytes) => sum + bytes, 0);
    // Besides: probes that read a byte, of answers that the test's host counts whole.
    expect(whole.blobBytes() - quick.blobBytes()).toBe(total);
  });

  it('that were cut are found by their length with quick', async () => {
    const short = await host(made.registry, (answer, {method, url}) =>
      method === 'HEAD' && url!.endsWith(made.first.artifact.sha256)
        ? {...answer, headers: {...answer.headers, 'content-length': '5'}}
        : answer,
    );
    const found = await problems(short.url, {quick: true});
    expect(found.find(({check}) => check === 'digests')).toMatchObject({level: 'error', got: '5 bytes'});
  });
});

describe('what can’t be looked at', () => {
  it('a host that does not answer, or no address', async () => {
    await expect(doctor({registry: 'http://127.0.0.1:9'})).rejects.toMatchObject({exitCode: 3});
    await expect(doctor({registry: 'models.example'})).rejects.toThrow(/URL: expected an address such as https/);
    await expect(doctor({registry: 'http://x', page: 'x'})).rejects.toThrow(/--page: expected an address/);
    await expect(doctor({registry: 'http://x', origin: 'app'})).rejects.toThrow(/--origin: expected an address/);
  });

  it('and what is cancelled', async () => {
    const {url} = await host(made.registry);
    const controller = new AbortController();
    const running = doctor({
      registry: url,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stop')),
    });
    await expect(running).rejects.toThrow('stop');
  });

  it('a question without an answer is a finding like any other', async () => {
    const {url} = await host(made.registry, (answer, {method}) =>
      method === 'OPTIONS'
        ? {...answer, status: 200, cutAfter: 0, body: Buffer.alloc(1), headers: {'content-length': 'none'}}
        : answer,
    );
    expect(await problems(url)).toMatchObject([{check: 'preflight', level: 'warning'}]);
  });
});

it('finds what another machine serves without TLS', async context => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find(one => one && !one.internal && one.family === 'IPv4')?.address;
  if (address === undefined) return context.skip('this machine has only its loopback address');
  const serving = await serve({registry: made.registry, data: folder(), site, port: 0, host: '0.0.0.0'});
  onTestFinished(() => serving.close());
  const url = `http://${address}:${serving.port}`;
  expect(await problems(url, {page: url})).toMatchObject([
    {check: 'secure', level: 'error'},
    {check: 'page-secure', level: 'error'},
  ]);
});

it('speaks TLS and HTTP/2, and names what was agreed on', async context => {
  const dir = folder();
  const [key, cert] = [`${dir}/key.pem`, `${dir}/cert.pem`];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '1',
        ...name,
        '-keyout',
        key,
        '-out',
        cert,
      ],
      {stdio: 'ignore'},
    );
  } catch {
    return context.skip('openssl is not installed');
  }
  const pair = {key: readFileSync(key), cert: readFileSync(cert)};
  const server = createSecureServer({...pair, allowHTTP1: true}, (_, response) => response.writeHead(404).end());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const {status, stdout} = await run([main, 'doctor', url, '--json'], {NODE_EXTRA_CA_CERTS: cert});
  const {findings} = JSON.parse(stdout) as Diagnosis;
  expect([status, findings.find(({check}) => check === 'http-version')?.got]).toEqual([1, 'HTTP/2']);
  expect(findings.find(({check}) => check === 'secure')).toMatchObject({level: 'ok', got: 'https'});
  expect((await run([main, 'doctor', url], {})).stderr).toMatch(
    /^kedge: .*self-signed certificate.*is the host up|self-signed/,
  );
});

describe('for people', () => {
  it('says what is fine in short, and problems last, each with the lines for this host', async () => {
    const {url} = await host(made.registry, (answer, {url}) =>
      url!.startsWith('/channels')
        ? {...answer, headers: {...answer.headers, server: 'nginx/1.22.1', 'cache-control': 'max-age=86400'}}
        : answer,
    );
    const text = describeDiagnosis(
      await doctor({registry: url, trustedKeys: [made.keys.publicKey], origin: 'https://app.example'}),
    );
    expect(text).toMatch(
      /release 2, served by nginx\n {2}fine {2}connection: reachable, secure, http-version, redirects\n/,
    );
    expect(text).toMatch(
      /ERROR {2}answers: channel-cache\n {2}where {5}http.*\n {2}expected {2}Cache-Control: public, max-age=60\n {2}got {7}max-age=86400\n {2}fix {7}let a release/,
    );
    expect(text).toMatch(
      /\n {2}nginx:\n {4}location \/channels\/ \{[^]*add_header Cache-Control "public, max-age=60" always;/,
    );
    expect(text).toMatch(/\n1 error, 0 warnings, \d+ fine; the page was not looked at \(--page\)$/);
  });
});

it('has a test for every check that can fail', () => {
  const inTable = faults.flatMap(([, , expected]) => Object.keys(expected));
  const elsewhere = ['reachable', 'secure', 'page-secure', 'signature', 'expiry', 'previous', 'sizes'];
  const never = ['http-version'];
  expect([...new Set([...inTable, ...elsewhere, ...never])].sort()).toEqual(Object.values(groups).flat().sort());
});
