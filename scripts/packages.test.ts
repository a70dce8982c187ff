import {execFileSync, spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {publint} from 'publint';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {inRoot} from './paths.mjs';

interface PackageJson {
  name: string;
  version: string;
  exports: Record<string, unknown>;
  bin?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const packages = readdirSync(inRoot('packages')).map(folder => ({
  folder: inRoot('packages', folder),
  json: JSON.parse(readFileSync(inRoot('packages', folder, 'package.json'), 'utf8')) as PackageJson,
}));
const entries = packages.flatMap(({json}) =>
  Object.keys(json.exports)
    .filter(path => path !== './package.json')
    .map(path => json.name + path.slice(1)),
);

const scratch = mkdtempSync(join(tmpdir(), 'kedge-packages-'));
const tarballs = join(scratch, 'tarballs');
// A consumer outside the repository: nothing resolves by accident through the workspace's node_modules.
const consumer = join(scratch, 'consumer');

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
}

const tarballOf = ({name, version}: PackageJson) =>
  join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);

beforeAll(() => {
  mkdirSync(tarballs);
  mkdirSync(consumer);
  run(
    'npm',
    ['pack', '--workspaces=false', '--pack-destination', tarballs, ...packages.map(({folder}) => folder)],
    scratch,
  );
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({private: true, type: 'module'}));
  const peers = packages.flatMap(({json}) => Object.entries(json.peerDependencies ?? {}));
  const wanted = [...packages.map(({json}) => tarballOf(json)), ...peers.map(([name, range]) => `${name}@${range}`)];
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...wanted], consumer);
}, 300_000);

afterAll(() => rmSync(scratch, {recursive: true, force: true}));

describe('installed in an empty folder', () => {
  test.each(entries)('%s is imported by Node and exports something', entry => {
    const code = `import(${JSON.stringify(entry)}).then(all => console.log(JSON.stringify(Object.keys(all))))`;
    const names = JSON.parse(run(process.execPath, ['-e', code], consumer)) as string[];
    expect(names).not.toEqual([]);
    expect(names).not.toContain('default');
  });

  test.each(['NodeNext', 'Bundler'])("every entry's types resolve under moduleResolution %s", resolution => {
    const text = entries.map((entry, i) => `import * as e${i} from '${entry}';\nexport const n${i}: object = e${i};\n`);
    writeFileSync(join(consumer, 'entries.ts'), text.join(''));
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'ES2023',
      '--lib',
      'ES2023,ESNext.Disposable,DOM,DOM.Iterable',
    ];
    const module = resolution === 'NodeNext' ? 'NodeNext' : 'ESNext';
    const args = [...options, '--module', module, '--moduleResolution', resolution, '--skipLibCheck', 'entries.ts'];
    expect(outputOf(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), ...args])).toBe('');
  });

  const programs = packages.flatMap(({json}) =>
    Object.keys(json.bin ?? {}).map(program => ({program, version: json.version})),
  );
  test.each(programs)('$program runs, and tells what it does and which version it is', ({program, version}) => {
    const file = join(consumer, 'node_modules/.bin', program);
    expect(run(file, ['--help'], consumer)).toContain(`Usage: ${program}`);
    expect(run(file, ['--version'], consumer)).toBe(`${version}\n`);
  });
});

test.each(packages)('$json.name is well formed for every tool that resolves it', async ({json}) => {
  const tarball = readFileSync(tarballOf(json));
  const {messages} = await publint({
    pack: {tarball: Uint8Array.from(tarball).buffer},
    level: 'warning',
  });
  expect(messages).toEqual([]);
});

const bins = packages.flatMap(({folder, json}) => Object.values(json.bin ?? {}).map(path => ({folder, path})));
test.each(bins)('$path of a clone that is not built tells how to build it', ({folder, path}) => {
  const clone = mkdtempSync(join(scratch, 'clone-'));
  mkdirSync(join(clone, dirname(path)), {recursive: true});
  for (const file of ['package.json', path]) copyFileSync(join(folder, file), join(clone, file));
  const {status, stderr} = spawnSync(process.execPath, [join(clone, path), '--version'], {encoding: 'utf8'});
  expect(status).toBe(3);
  expect(stderr).toContain('run `npm run build`');
});

/** What a failing compiler prints is the best failure message. */
function outputOf(command: string, args: readonly string[]): string {
  try {
    return run(command, args, consumer);
  } catch (error) {
    return (error as {stdout: string}).stdout;
  }
}
