import {mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {inRoot} from './paths.mjs';
import {whenChanged} from './stamp.mjs';

const name = `stamp-test-${process.pid}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-stamp-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'a.ts'), 'a');
});
afterEach(() => {
  rmSync(folder, {recursive: true});
  rmSync(inRoot('node_modules', `.kedge-${name}`), {force: true});
});

const files = () => ({inputs: [join(folder, 'src')], outputs: [join(folder, 'out')]});
const makeOut = () => writeFileSync(join(folder, 'out'), 'made');

test('runs once, and again only after an input changed', async () => {
  expect(await whenChanged(name, files(), makeOut)).toBe(true);
  expect(await whenChanged(name, files(), makeOut)).toBe(false);
  writeFileSync(join(folder, 'src', 'b.ts'), 'new');
  expect(await whenChanged(name, files(), makeOut)).toBe(true);
  utimesSync(join(folder, 'src', 'a.ts'), 1, 1);
  expect(await whenChanged(name, files(), makeOut)).toBe(true);
  expect(await whenChanged(name, files(), makeOut)).toBe(false);
});

test('runs again when what it made is gone', async () => {
  await whenChanged(name, files(), makeOut);
  rmSync(join(folder, 'out'));
  expect(await whenChanged(name, files(), makeOut)).toBe(true);
});

test('a failed action is tried again', async () => {
  const action = vi.fn().mockRejectedValueOnce(new Error('disk full')).mockImplementation(makeOut);
  await expect(whenChanged(name, files(), action)).rejects.toThrow('disk full');
  expect(await whenChanged(name, files(), action)).toBe(true);
});

test('tests are no input of a build', async () => {
  await whenChanged(name, files(), makeOut);
  writeFileSync(join(folder, 'src', 'a.test.ts'), 'test');
  expect(await whenChanged(name, files(), makeOut)).toBe(false);
});
