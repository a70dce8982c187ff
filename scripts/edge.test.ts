import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {type AddressInfo, connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fetchReport, findVersion} from '@kedge/cli';
import type {Progress, Served} from '@kedge/client';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {binaryOf} from './edge/binaries.mjs';
import {Host} from './edge/host.js';
import {inRoot} from './paths.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'kedge-edge-'));
const host = new Host(scratch);
beforeAll(() => host.open());
afterAll(async () => {
  await host.close();
  rmSync(scratch, {recursive: true, force: true});
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(scratch, 'device-'));
});
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  Object.assign(host, {dripMs: 0, shut: false, asked: []});
});

interface Line {
  progress?: Progress;
  served?: Served;
  finite?: boolean;
  telemetry?: {waiting: number; delivered: number; dropped: number};
  storage?: {kind: string; bytes: number; states: string[]; lost: unknown};
  error?: {code?: string; message: string};
  left?: string[];
}

/** A process; what it printed, and how it ended. */
function start(command: string, args: readonly string[], onLine: (line: Line, child: ChildProcess) => void = () => {}) {
  const child = spawn(command, args, {cwd: inRoot(), stdio: ['ignore', 'pipe', 'pipe']});
  children.add(child);
  const lines: Line[] = [];
  let [rest, errors] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop()!;
    for (const part of parts.filter(part => part.startsWith('{'))) {
      lines.push(JSON.parse(part) as Line);
      onLine(lines.at(-1)!, child);
    }
  });
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({code: code as number | null, lines, errors}));
  return {child, ended};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Resolves when somebody takes connections. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const taken = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (taken) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

const program = (name: string, onLine?: (line: Line, child: ChildProcess) => void) =>
  start(process.execPath, [inRoot('scripts/edge/program.mjs'), host.url, host.keyFile, directory, name], onLine).ended;

const found = <K extends keyof Line>(lines: readonly Line[], key: K) =>
  lines.find(line => line[key] !== undefined)?.[key];

describe('in Node', () => {
  test('a version is installed, predicts, is told of, and nothing is left open', async () => {
    const {code, lines, errors} = await program('digits');
    expect([code, errors, found(lines, 'error')]).toEqual([0, '', undefined]);
    expect(found(lines, 'served')).toMatchObject({version: '1.1.0', executionProvider: 'cpu', source: 'model'});
    expect(found(lines, 'telemetry')).toMatchObject({waiting: 0, dropped: 0});
    expect(found(lines, 'telemetry')!.delivered).toBeGreaterThanOrEqual(3);
    expect(found(lines, 'storage')).toMatchObject({kind: 'file', states: ['active']});
    expect(found(lines, 'left')).toEqual([]);
    expect(JSON.stringify(await fetchReport({url: host.url}))).toContain('digits');
  });

  test('the next start fetches nothing, also with no network at all', async () => {
    await program('digits');
    Object.assign(host, {shut: true, asked: []});
    const {code, lines} = await program('digits');
    expect([code, found(lines, 'served')?.source, found(lines, 'left')]).toEqual([0, 'model', []]);
    expect(lines.filter(({progress}) => progress).map(({progress}) => progress!.state)).not.toContain('downloading');
    expect(host.asked).toEqual([]);
  });

  test('killed in the middle of a download, the next one goes on where it was', async () => {
    const {manifest} = await findVersion(join(scratch, 'registry'), 'wide@1.1.0');
    const [artifact] = manifest.artifacts;
    host.dripMs = 20;
    const half = (line: Line, child: ChildProcess) => {
      if (line.progress?.state === 'downloading' && line.progress.loadedBytes > artifact!.bytes / 3)
        child.kill('SIGKILL');
    };
    expect((await program('wide', half)).code).toBe(null);
    const stored = new Set(readdirSync(join(directory, 'models', 'chunks')));
    expect(stored.size).toBeGreaterThan(0);
    Object.assign(host, {dripMs: 0, asked: []});
    const {code, lines} = await program('wide');
    expect([code, found(lines, 'error'), found(lines, 'finite')]).toEqual([0, undefined, true]);
    const asked = host.askedFor(artifact!.sha256);
    let offset = 0;
    for (const {sha256, bytes} of artifact!.chunks) {
      const times = asked.filter(({start, end}) => start < offset + bytes && end > offset).length;
      expect([offset, times]).toEqual([offset, stored.has(sha256) ? 0 : 1]);
      offset += bytes;
    }
  });

  test('a thread that exits, and one that throws, are replaced, and what was asked of them is answered', async () => {
    const heal = start(process.execPath, [inRoot('scripts/edge/heal.mjs'), host.url, host.keyFile, directory]);
    const {code, lines} = await heal.ended;
    expect(readdirSync(directory).sort()).toEqual(['exit', 'models', 'throw']);
    expect([code, lines.map(({served}) => served?.source)]).toEqual([0, ['model', 'model', 'model', 'model']]);
  });

  test('calls that share a signal are no leak to be warned of', async () => {
    const shared = start(process.execPath, [
      inRoot('scripts/edge/shared-signals.mjs'),
      host.url,
      host.keyFile,
      directory,
    ]);
    expect(await shared.ended).toMatchObject({code: 0, lines: [{answers: 160}], errors: ''});
  });

  test('of two processes that want the same one downloads, and both predict', async () => {
    const {manifest} = await findVersion(join(scratch, 'registry'), 'wide@1.1.0');
    host.dripMs = 5;
    const both = await Promise.all([program('wide'), program('wide')]);
    expect(both.map(({code, lines}) => [code, found(lines, 'served')?.source])).toEqual([
      [0, 'model'],
      [0, 'model'],
    ]);
    const sent = host.askedFor(manifest.artifacts[0]!.sha256).reduce((sum, {sentBytes}) => sum + sentBytes, 0);
    expect(sent).toBe(manifest.artifacts[0]!.bytes);
  });
});

const runtimes: [name: string, command: readonly string[], main: string, provider: string][] = [
  ['Node', [process.execPath], 'examples/node/main.mjs', 'cpu'],
  ['Deno', [binaryOf('deno'), 'run', '-A'], 'examples/deno/main.mjs', 'wasm'],
  ['Bun', [binaryOf('bun')], 'examples/bun/main.mjs', 'wasm'],
  ['Node, in Deno', [binaryOf('deno'), 'run', '-A'], 'examples/node/main.mjs', 'cpu'],
  ['Node, in Bun', [binaryOf('bun')], 'examples/node/main.mjs', 'cpu'],
];

describe.each(runtimes)('the example for %s', (_, [command = '', ...flags], main, provider) => {
  const run = () => start(command, [...flags, inRoot(main), `${host.url}/registry`, host.keyFile, directory]).ended;

  test('reads the digit right, and again without a network', async () => {
    const first = await run();
    expect(first).toMatchObject({code: 0, lines: [{answer: 7, expected: 7, executionProvider: provider}]});
    expect(existsSync(join(directory, 'models', 'state.json'))).toBe(true);
    host.shut = true;
    expect((await run()).lines).toEqual(first.lines);
  });
});

const outside: [name: string, command: readonly string[]][] = [
  ['Node', [process.execPath]],
  ['Bun', [binaryOf('bun')]],
  ['Deno', [binaryOf('deno'), 'run', '-A']],
];

// Deno and Bun have arrays of float16, which native code may not know.
test.each(outside)('half precision in %s', async (_, [command = '', ...flags]) => {
  const args = [inRoot('scripts/edge/half.mjs'), host.url, host.keyFile, directory];
  const {code, lines, errors} = await start(command, [...flags, ...args]).ended;
  const bits = ['float16', 0xbc00, 0x7bff, 0x8001, 0x8000];
  const right = ['cpu', 'wasm'].map(provider => ({bits, provider}));
  expect([code, errors, lines]).toEqual([0, '', right]);
});

describe('in Deno, which has a localStorage', () => {
  test('another folder is no eviction', async () => {
    for (const folder of ['a', 'b']) {
      const args = [inRoot('scripts/edge/program.mjs'), host.url, host.keyFile, join(directory, folder), 'digits'];
      const {lines} = await start(binaryOf('deno'), ['run', '-A', ...args]).ended;
      expect(found(lines, 'storage')).toMatchObject({kind: 'file', states: ['active'], lost: null});
    }
  });
});

describe.each(outside)('native code under way in %s', (_, [command = '', ...flags]) => {
  const ending = (way: string) =>
    start(command, [...flags, inRoot('scripts/edge/ending.mjs'), host.url, host.keyFile, directory, way]).ended;

  test.each([
    ['a close', 'close', {running: 'closed'}],
    ['an abort that terminates', 'terminate', {running: 'AbortError', next: 'model', answer: 7}],
    ['the end of the process', 'exit', {}],
  ])('%s leaves the process whole', async (_, way, ended) => {
    const {code, lines, errors} = await ending(way);
    expect([code, errors]).toEqual([0, '']);
    expect(lines.at(-1)).toMatchObject({ended});
  });

  test('a start that is closed at any moment leaves it whole', async () => {
    const {code, lines, errors} = await ending('start');
    expect([code, errors]).toEqual([0, '']);
    expect(lines.at(-1)).toMatchObject({ended: {starting: expect.arrayContaining(['closed']) as unknown}});
  });
});

const again = (
  [
    ['Node', [process.execPath]],
    ['Deno', [binaryOf('deno'), 'run', '-A']],
    ['Bun', [binaryOf('bun')]],
  ] as const
).flatMap(([name, [command, ...flags]]) =>
  (['thread', 'inline'] as const).map(where => ({name, where, command, flags})),
);

describe('a client that is opened again and again', () => {
  const ended = new Map<object, Awaited<ReturnType<typeof start>['ended']>>();
  // All at once: without a thread a process ends ten seconds after its client was closed.
  beforeAll(async () => {
    const run = async (one: (typeof again)[number]) => {
      const args = [...one.flags, inRoot('scripts/edge/again.mjs'), host.url, host.keyFile, one.where];
      ended.set(one, await start(one.command, args).ended);
    };
    await Promise.all(again.map(run));
  });

  test.each(again)(
    'in $name, $where: says why, reads what was given at the call, and takes what is given away',
    one => {
      const {code, lines} = ended.get(one)!;
      expect(code).toBe(0);
      const right = {
        ...{
          source: 'model',
          serves: 'wasm',
          rewritten: Array<number>(8).fill(7),
          leftBytes: 0,
          candidates: [{provider: 'wasm', golden: 'passed', why: null}],
        },
        device: {isolated: false},
      };
      expect(lines).toMatchObject([right, right, right]);
      const {cores} = (lines[0] as {device?: {cores?: unknown}}).device!;
      expect(cores === null || Number(cores) > 0).toBe(true);
    },
  );
});

describe('the example for workerd', () => {
  const config = inRoot('examples/workerd/config.capnp');
  let url: string;
  beforeAll(async () => {
    expect(await start(process.execPath, [inRoot('examples/workerd/build.mjs')]).ended).toMatchObject({code: 0});
  });
  beforeEach(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const settings = {REGISTRY: `${host.url}/registry`, KEY: JSON.stringify(host.publicKey)};
    const args = ['serve', config, '--socket-addr', `http=127.0.0.1:${port}`];
    const child = spawn(binaryOf('workerd'), args, {env: {...process.env, ...settings}, stdio: 'ignore'});
    children.add(child);
    await listening(port);
  });

  const ask = async (path = '/') => {
    const response = await fetch(url + path);
    return [response.status, await response.json()] as const;
  };

  test('reads the digit right for all that ask at once, and installs it once', async () => {
    const answers = await Promise.all([ask(), ask(), ask()]);
    const right = [200, expect.objectContaining({answer: 7, expected: 7, executionProvider: 'wasm', source: 'model'})];
    expect(answers).toEqual([right, right, right]);
    const {manifest} = await findVersion(join(scratch, 'registry'), 'digits@1.1.0');
    const sent = host.askedFor('/blobs/').reduce((sum, {sentBytes}) => sum + sentBytes, 0);
    expect(sent).toBe(manifest.artifacts.reduce((sum, {bytes}) => sum + bytes, 0));
    host.shut = true;
    expect(await ask()).toEqual(right);
  });

  test('says what serves and why, and what it holds', async () => {
    expect(await ask()).toMatchObject([200, {answer: 7}]);
    const {address: digest, manifest} = await findVersion(join(scratch, 'registry'), 'digits@1.1.0');
    const version = {model: 'digits', version: '1.1.0', digest};
    const candidate = {provider: 'wasm', golden: 'passed', why: null};
    const explain = {...version, variant: null, serves: 'wasm', candidates: [candidate], spare: null};
    const device = {gpu: null, isolated: false};
    const bytes = manifest.artifacts.reduce((sum, {bytes}) => sum + bytes, 0);
    const storage = {kind: 'memory', lost: null, evictions: [], bytes};
    expect(await ask('/look')).toMatchObject([
      200,
      {explain: {...explain, device}, storage: {...storage, versions: [{...version, state: 'active'}]}},
    ]);
  });

  test('says that there is no network, and starts when there is', async () => {
    host.shut = true;
    expect(await ask()).toMatchObject([500, {error: 'network'}]);
    host.shut = false;
    expect(await ask()).toMatchObject([200, {answer: 7}]);
  });
});
