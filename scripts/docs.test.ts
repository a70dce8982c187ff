import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';
import {errorCodes} from '@kedge/core';
import {afterAll, describe, expect, test} from 'vitest';
import {inRoot, root} from './paths.mjs';

interface Fence {
  /** The page and the fence's first line. */
  where: string;
  language: string;
  runnable: boolean;
  /** Named by the paragraph before it, as `main.ts`. */
  file: string | undefined;
  code: string;
}

const ignored = /^(\..*|node_modules|dist|build|test-results)$/;

/** Every page below a folder, by its path from the top. */
function pagesIn(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true}).flatMap(entry => {
    const path = join(folder, entry.name);
    if (ignored.test(entry.name)) return [];
    if (entry.isDirectory()) return pagesIn(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

const pages = pagesIn(root);

function fencesOf(page: string): Fence[] {
  const text = readFileSync(inRoot(page), 'utf8');
  const found = text.matchAll(/(?:^`([\w.-]+)`[^\n]*:\n\n)?^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm);
  return [...found].map(([, file, language = '', info = '', code = ''], i) => ({
    where: `${page}, fence ${i + 1}`,
    language,
    runnable: info.includes('runnable'),
    file,
    code,
  }));
}

const fences = pages.flatMap(fencesOf);
const runnable = fences.filter(fence => fence.runnable);

// Inside the repository, so that packages resolve; in the folder of state that nobody commits.
mkdirSync(inRoot('.kedge'), {recursive: true});
const scratch = mkdtempSync(inRoot('.kedge', 'docs-'));
afterAll(() => rmSync(scratch, {recursive: true, force: true}));

/** Text outside of code, where links are links. */
const prose = (page: string) => readFileSync(inRoot(page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (path: string) =>
  [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading.trim()));

function brokenLinks(page: string): string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, link, attribute]) => link ?? attribute ?? '',
  );
  return targets.filter(target => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(root, resolve(dirname(inRoot(page)), path));
    if (!existsSync(inRoot(file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
}

/** What the compiler says of files in a folder, strict and as an app would compile them. */
function compile(folder: string, files: readonly string[]): string {
  const options = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--resolveJsonModule'];
  const module = ['--target', 'ES2023', '--module', 'ESNext', '--moduleResolution', 'Bundler'];
  const lib = ['--lib', 'ES2023,ESNext.Disposable,DOM,DOM.Iterable', '--types', 'node'];
  const args = [inRoot('node_modules/typescript/bin/tsc'), '--ignoreConfig', ...options, ...module, ...lib, ...files];
  try {
    return execFileSync(process.execPath, args, {cwd: folder, encoding: 'utf8'});
  } catch (error) {
    return (error as {stdout: string}).stdout;
  }
}

test.each(pages)('every link of %s leads somewhere', page => {
  expect(brokenLinks(page)).toEqual([]);
});

test('docs/errors.md has a row for every error code, in order, and for nothing else', () => {
  const rows = [...prose('docs/errors.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(rows).toEqual([...errorCodes]);
});

test('the map in docs/architecture.md names no file that is gone', () => {
  const [, ...rooms] = prose('docs/architecture.md').split(/^### (?=packages\/)/m);
  const named = rooms.flatMap(room => {
    const folder = room.slice(0, room.indexOf('\n'));
    const heads = [...room.matchAll(/^- (.+?): /gm)].map(([, head = '']) => head);
    return heads.flatMap(head => [...head.matchAll(/`([^`]+)`/g)].map(([, file]) => `${folder}/${file}`));
  });
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(path => !existsSync(inRoot(path)))).toEqual([]);
});

describe('examples', () => {
  test.each(runnable.filter(({language}) => language === 'js'))('$where runs', ({code}) => {
    const file = join(scratch, `example-${Math.random().toString(36).slice(2)}.mjs`);
    writeFileSync(file, code);
    const printed = execFileSync(process.execPath, [file], {cwd: scratch, encoding: 'utf8'});
    const promised = [...code.matchAll(/^console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line]) => line);
    expect(printed.trimEnd().split('\n')).toEqual(promised);
  });

  test('those in TypeScript compile', () => {
    const files = runnable
      .filter(({language}) => language === 'ts')
      .map(({code}, i) => {
        const file = `example-${i}.ts`;
        writeFileSync(join(scratch, file), `${code}\nexport {};\n`);
        return file;
      });
    expect(files).not.toEqual([]);
    expect(compile(scratch, files)).toBe('');
  });

  test('the page of the five-minute guide compiles', () => {
    const folder = join(scratch, 'embed');
    mkdirSync(folder);
    const files = fencesOf('docs/embed.md').filter(({file}) => file?.endsWith('.ts'));
    for (const {file, code} of files) writeFileSync(join(folder, file!), code);
    writeFileSync(join(folder, 'public-key.json'), '{"kty": "EC", "crv": "P-256", "x": "", "y": ""}');
    expect(files.map(({file}) => file)).toEqual(['main.ts', 'picture.ts']);
    expect(compile(folder, ['main.ts'])).toBe('');
  });
});
