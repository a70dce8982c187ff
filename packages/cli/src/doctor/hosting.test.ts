import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync} from 'node:fs';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {describe, expect, it, onTestFinished} from 'vitest';
import {file, folder} from '../../testing/fixtures.js';
import {testRegistry} from '../../testing/registry.js';
import {testSite} from '../../testing/site.js';
import {doctor} from './doctor.js';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/hosting.md', import.meta.url)), 'utf8');

/** A configuration of docs/hosting.md, by the file that it is for. */
function configuration(name: string): string {
  const fences = [...page.matchAll(/^```(?:nginx|apache)\n([^]*?)^```$/gm)].map(([, text]) => text!);
  return fences.find(text => text.startsWith(`# ${name}`))!;
}

const find = (...paths: string[]) => paths.find(path => existsSync(path));
const nginx = find('/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx');
const apache = find('/usr/sbin/apache2', '/usr/sbin/httpd');
const modules = find('/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/libexec/apache2') ?? '';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** What differs on this machine: no certificate, another port and another folder; nothing of what is tested. */
const here = (text: string, port: number, root: string, registry?: string) =>
  text
    .replace('listen 443 ssl http2', `listen 127.0.0.1:${port}`)
    .replace('*:443', `127.0.0.1:${port}`)
    .replaceAll(/^ *(ssl_|SSL).*\n/gm, '')
    .replaceAll(/\/srv\/(registry|app)/g, root)
    .replaceAll('https://models.example', registry ?? 'https://models.example');

/** Old enough for strong ETags: Apache's are weak for files of the last two seconds. */
function published(registry: string): string {
  const root = folder();
  for (const path of [root, registry]) chmodSync(path, 0o755);
  cpSync(registry, root, {recursive: true});
  for (const path of readdirSync(root, {recursive: true, encoding: 'utf8'})) utimesSync(join(root, path), 1e9, 1e9);
  return root;
}

async function listening(url: string, child: ChildProcess): Promise<string> {
  onTestFinished(() => void child.kill('SIGTERM'));
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  for (let i = 0; i < 100; i++) {
    if (await fetch(url).catch(() => undefined)) return url;
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  throw new Error(`the server did not start: ${said}`);
}

async function startNginx(registry: string, site: string) {
  const dir = folder();
  const [port, pagePort] = [await freePort(), await freePort()];
  mkdirSync(`${dir}/tmp`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${dir}/tmp/${name};`,
  );
  const models = here(configuration('/etc/nginx/conf.d/models.conf'), port, registry);
  const app = here(configuration('/etc/nginx/conf.d/app.conf'), pagePort, site, `http://127.0.0.1:${port}`);
  const http = `access_log off; ${temporary.join(' ')}\n${models}\n${app}`;
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const config = `${user} pid ${dir}/pid; error_log stderr; daemon off; worker_processes 1; events {}\nhttp {\n${http}\n}`;
  const child = spawn(nginx!, ['-c', file(dir, 'nginx.conf', config), '-p', dir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await listening(`http://127.0.0.1:${port}`, child);
  return {url, page: `http://127.0.0.1:${pagePort}/`};
}

async function startApache(registry: string) {
  const dir = folder();
  const port = await freePort();
  const built = execFileSync(apache!, ['-l'], {encoding: 'utf8'});
  const load = ['mpm_event', 'authz_core', 'headers', 'mime', 'env', 'unixd']
    .filter(name => !built.includes(`mod_${name}.c`) && existsSync(`${modules}/mod_${name}.so`))
    .map(name => `LoadModule ${name}_module ${modules}/mod_${name}.so`);
  const base = [
    `ServerRoot ${dir}`,
    `PidFile ${dir}/pid`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `ErrorLog ${dir}/error.log`,
    `DefaultRuntimeDir ${dir}`,
  ];
  const site = here(configuration('/etc/apache2/sites-available/models.conf'), port, registry);
  const config = file(
    dir,
    'httpd.conf',
    [...load, ...base, `TypesConfig ${file(dir, 'mime.types', '')}`, site].join('\n'),
  );
  const child = spawn(apache!, ['-f', config, '-D', 'FOREGROUND'], {stdio: ['ignore', 'ignore', 'pipe']});
  return listening(`http://127.0.0.1:${port}`, child);
}

describe('the configurations of docs/hosting.md come out clean', () => {
  it.skipIf(!nginx)('nginx, for a registry and a page', async () => {
    const {registry, keys} = await testRegistry(600_000);
    const {url, page: address} = await startNginx(published(registry), published(testSite()));
    const asked = {registry: url, page: address, trustedKeys: [keys.publicKey]};
    const {findings, host} = await doctor(asked);
    expect(findings.filter(({level}) => level !== 'ok')).toEqual([]);
    expect([host, findings.find(({check}) => check === 'isolation')!.got]).toEqual([
      'nginx',
      expect.stringContaining('isolated (COEP'),
    ]);
    expect((await fetch(`${url}/.gc.json`)).status).toBe(404);
  });

  it.skipIf(!apache)('Apache, for a registry', async () => {
    const {registry, keys} = await testRegistry(600_000);
    const url = await startApache(published(registry));
    const {findings, host} = await doctor({
      registry: url,
      origin: 'https://app.example',
      trustedKeys: [keys.publicKey],
    });
    expect(findings.filter(({level}) => level !== 'ok')).toEqual([]);
    expect(host).toBe('apache');
  });
});
