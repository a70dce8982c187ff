import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, it, onTestFinished, vi} from 'vitest';
import {digitsModel, file, folder, testDigits} from '../testing/fixtures.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

// Each command is a process of its own.
vi.setConfig({testTimeout: 60_000});

/** `kedge` as a user runs it. */
async function kedge(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], {env: {...process.env, ...env}});
  const [out, err]: string[][] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out!.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err!.push(text));
  const [code] = await once(child, 'close');
  return {code: code as number, stdout: out!.join(''), stderr: err!.join('')};
}

describe('from a model file to a release', () => {
  it('packs, verifies, releases and shows, each command saying what is next', async () => {
    const dir = folder();
    const place = ['--registry', `${dir}/registry`];
    const data = ['--validation', testDigits.examples, testDigits.labels, '--limit', '200'];
    const {model, meta} = digitsModel('1.0.0');
    const steps = [
      ['keys', 'new', '--out', dir],
      ['pack', model, '--name', 'digits', '--version', '1.0.0', '--meta', meta, ...place, ...data],
      ['verify', 'digits@1.0.0', ...place, ...data, '--min-accuracy', '0.9'],
      ['release', 'add', 'digits@1.0.0', ...place, '--key', `${dir}/private.json`],
      ['release', 'show', ...place, '--trust', `${dir}/public.json`],
    ];
    for (const step of steps) {
      const {code, stdout, stderr} = await kedge(step);
      expect([step[0], code, stderr]).toEqual([step[0], 0, '']);
      expect(stdout).toMatch(/\nNext: .+\n$/);
    }
    const shown = await kedge(['release', 'show', ...place, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      release: {version: 1, models: {digits: {champion: '1.0.0'}}},
      signatureVerified: false,
    });
    const below = await kedge(['verify', 'digits@1.0.0', ...place, ...data, '--min-accuracy', '0.999', '--json']);
    expect([below.code, JSON.parse(below.stdout).failures]).toEqual([
      1,
      [expect.stringContaining('below the stated 0.999')],
    ]);
  });
});

describe('exit codes and messages', () => {
  it.each<[number, string, string[], RegExp]>([
    [0, 'help', ['--help'], /^$/],
    [0, 'its version', ['--version'], /^$/],
    [
      2,
      'a registry that is not there',
      ['serve', '--registry', '/none'],
      /--registry: there is no folder \/none; pack/,
    ],
    [2, 'an unknown command', ['pak'], /unknown command 'pak'[^]*pack/],
    [
      2,
      'a version that is none',
      ['pack', 'none.onnx', '--name', 'x', '--version', 'abc', '--meta', 'none.json'],
      /--version: expected a semantic version such as 1\.2\.0, got "abc"/,
    ],
    [2, 'a missing option', ['pack', 'm.onnx', '--name', 'x'], /required option '--version <semver>' not specified/],
    [
      2,
      'a missing file',
      [
        'pack',
        'none.onnx',
        '--name',
        'x',
        '--version',
        '1.0.0',
        '--meta',
        digitsModel('1.0.0').meta,
        '--registry',
        '/tmp/none',
      ],
      /^kedge: MODEL: there is no file none\.onnx; check the path\n$/,
    ],
    [2, 'no key', ['release', 'kill', 'digits', '--registry', '/tmp/none'], /^kedge: --key: expected a private key/],
    [
      2,
      'a share that is none',
      ['verify', 'x@1.0.0', '--min-accuracy', '95'],
      /expected a share from 0 to 1, got "95"/,
    ],
    [2, 'weights that are none', ['release', 'weights', 'e', 'a:1', '--key', 'none'], /kedge: expected ARM=SHARE/],
    [2, 'a port that is none', ['serve', '--port', '99999'], /--port: expected 0 to 65535, got "99999"/],
    [2, 'an address that is none', ['report', '--url', 'localhost'], /--url: expected an address such as http/],
    [2, 'what is no address', ['doctor', 'models.example'], /URL: expected an address such as https/],
    [2, 'an unknown host', ['doctor', 'http://x', '--host', 'iis'], /--host.*iis[^]*nginx, apache/],
    [3, 'a registry that does not answer', ['doctor', 'http://127.0.0.1:9'], /ECONNREFUSED.*the host up\?/],
    [2, 'a folder without a release', ['gc', '--registry', '/none'], /has no release, so nothing says what is in use/],
    [2, 'days that are none', ['gc', '--keep-days', 'x'], /--keep-days: expected a whole number of days, got "x"/],
    [2, 'a source that is none', ['mirror', '/none', '/tmp/none'], /expected an address \(https:\/\/…\) or a folder/],
    [2, 'nothing to embed', ['embed', '--out', 'x.ts'], /missing required argument 'models'/],
    [2, 'a key that is none', ['keys', 'show', '/none'], /FILE: there is no file \/none/],
    [
      3,
      'nobody there',
      ['report', '--url', 'http://127.0.0.1:9'],
      /http:\/\/127\.0\.0\.1:9 does not answer; is it running\?/,
    ],
  ])('%i for %s', async (expected, _, args, message) => {
    const {code, stderr} = await kedge(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(expected);
  });

  it('shows the stack to whoever asks', async () => {
    const {stderr} = await kedge(['release', 'kill', 'digits'], {KEDGE_DEBUG: '1'});
    expect(stderr).toMatch(/\n {4}at /);
  });

  it('names the field of an experiment that is wrong', async () => {
    const dir = folder();
    await kedge(['keys', 'new', '--out', dir]);
    const experiment = file(dir, 'e.json', '{"key":"e","model":"digits"}');
    const {code, stderr} = await kedge([
      'release',
      'start',
      experiment,
      '--registry',
      dir,
      '--key',
      `${dir}/private.json`,
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('has no channel prod; begin it with')]);
  });
});

describe('serve and report', () => {
  it('serves until it is told to stop, and reports meanwhile', async () => {
    const dir = folder();
    const child = spawn(process.execPath, [
      main,
      'serve',
      '--registry',
      dir,
      '--data',
      `${dir}/data`,
      '--port',
      '0',
      '--json',
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const {url, data} = JSON.parse(line) as {url: string; data: string};
    expect(data).toBe(`${dir}/data`);
    const report = await kedge(['report', '--url', url, '--json']);
    expect([report.code, JSON.parse(report.stdout).schema]).toEqual([0, 'kedge.report/1']);
    expect((await kedge(['report', '--url', url])).stdout).toMatch(/Next: start an experiment/);
    const taken = await kedge(['serve', '--registry', dir, '--data', `${dir}/data`, '--port', new URL(url).port]);
    expect([taken.code, taken.stderr]).toEqual([
      3,
      expect.stringMatching(/is taken by another process; choose another: --port \d+/),
    ]);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(readFileSync(`${dir}/data/write-key`, 'utf8')).toMatch(/^[\w-]{24}\n$/);
  });
});
