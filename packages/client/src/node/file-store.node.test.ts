import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {sha256} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {artifactOf, digestOf, testManifest} from '../../testing/manifest.js';
import {storeContract} from '../store/contract.js';
import type {CatalogRecord} from '../store/record.js';
import {openFileStore} from './file-store.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kedge-store-'));
});
afterEach(() => rmSync(directory, {recursive: true, force: true}));

const state = () => join(directory, 'state.json');
const lock = () => join(directory, 'state.json.lock');

describe('file store', () => storeContract(() => openFileStore(directory)));

const record: CatalogRecord = {
  ...{
    digest: digestOf(101),
    state: 'verified',
    code: null,
    installedAt: 1,
    changedAt: 1,
    verifiedAt: 1,
    lastServedAt: null,
  },
  manifest: testManifest('1.0.1', [1], {artifacts: [artifactOf('m', [1])]}),
};

const programAt = (name: string) => new URL(`../../testing/${name}.mjs`, import.meta.url).pathname;
const writer = (times: number) => spawn(process.execPath, [programAt('file-store-writer'), directory, `${times}`]);
const atLimits = programAt('file-store-at-limits');

describe('a folder that outlives its processes', () => {
  test('another one finds what was stored', async () => {
    const store = await openFileStore(directory);
    await store.putChunks([{sha256: digestOf(1), data: Uint8Array.of(1, 2)}]);
    await store.changeRecords([record.digest], () => record);
    await store.putSetting('a', 1);
    store.close();
    await expect(store.getSetting('a')).rejects.toMatchObject({code: 'storage_unavailable'});
    const next = await openFileStore(directory);
    expect([await next.getChunk(digestOf(1)), await next.getSetting('a')]).toEqual([Uint8Array.of(1, 2), 1]);
    expect(await next.getRecord(record.digest)).toEqual(record);
  });

  test('two that are open at once see each other’s changes', async () => {
    const [a, b] = [await openFileStore(directory), await openFileStore(directory)];
    const add = (value: unknown) => ((value as number | undefined) ?? 0) + 1;
    await Promise.all(Array.from({length: 20}, (_, i) => (i % 2 ? a : b).changeSetting('n', add)));
    expect([await a.getSetting('n'), await b.getSetting('n')]).toEqual([20, 20]);
  });

  test('three processes that change one setting at once lose nothing', async () => {
    const ends = await Promise.all([1, 2, 3].map(() => once(writer(20), 'exit')));
    expect(ends.map(([code]) => code as number)).toEqual([0, 0, 0]);
    expect(await (await openFileStore(directory)).getSetting('count')).toBe(60);
  });

  test('a process that is killed at any moment leaves what was there, whole, and a folder that goes on', async () => {
    for (let round = 0; round < 5; round++) {
      const child = writer(10_000);
      await once(child.stdout, 'data');
      await new Promise(resolve => setTimeout(resolve, 7 * round));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const store = await openFileStore(directory);
      const count = (await store.getSetting('count')) as number;
      await store.changeSetting('count', value => (value as number) + 1);
      expect(await store.getSetting('count')).toBe(count + 1);
      const newest = (await store.getSetting('newest')) as string;
      expect(await sha256(crypto.subtle, (await store.getChunk(newest))!)).toBe(newest);
      for (const name of (await store.held()).sizes.keys())
        expect(await sha256(crypto.subtle, (await store.getChunk(name))!)).toBe(name);
    }
  });

  test('a disk that takes a part of the state loses nothing of what was there', async () => {
    const store = await openFileStore(directory);
    await store.putSetting('a', 1);
    await store.changeRecords([record.digest], () => record);
    // Of blocks of 512 or 1024 bytes: as on a disk that is full, the first write beyond it is cut, the next one fails.
    const filling = spawnSync('sh', [
      '-c',
      `ulimit -f 24; exec "$0" "$@"`,
      process.execPath,
      atLimits,
      directory,
      'bytes',
    ]);
    expect(filling.stdout.toString()).toBe('storage_unavailable\n');
    expect([await store.getSetting('a'), await store.getSetting('more-0')]).toEqual([1, 'x'.repeat(1000)]);
    expect([await store.getRecord(record.digest), readdirSync(directory)]).toEqual([record, ['chunks', 'state.json']]);
  });

  test('a process that stood still in the middle of a change does not undo those of others', async () => {
    const store = await openFileStore(directory);
    await store.putSetting('count', 1);
    const stopped = spawn(process.execPath, [atLimits, directory, 'stop']);
    const ended = once(stopped, 'exit');
    await expect.poll(() => readdirSync(directory)).toContain('state.json.lock');
    await store.changeSetting('count', value => (value as number) + 10);
    await store.putSetting('other', true);
    stopped.kill('SIGCONT');
    expect(await ended).toEqual([0, null]);
    expect([await store.getSetting('count'), await store.getSetting('other')]).toEqual([12, true]);
  });

  test('a chunk that the disk does not give any more is had anew', async () => {
    const store = await openFileStore(directory);
    mkdirSync(join(directory, 'chunks', digestOf(1)));
    expect(await store.getChunk(digestOf(1))).toBe(undefined);
  });

  test('a chunk that the process has no file left to open for stays', async () => {
    const store = await openFileStore(directory);
    await store.putChunks([{sha256: digestOf(1), data: Uint8Array.of(1)}]);
    const program = [process.execPath, atLimits, directory, 'files', digestOf(1)];
    const {stdout} = spawnSync('sh', ['-c', 'ulimit -n 100; exec "$0" "$@"', ...program]);
    expect(stdout.toString()).toBe('EMFILE\nstorage_unavailable\n');
    expect(await store.getChunk(digestOf(1))).toEqual(Uint8Array.of(1));
  });

  test('files that a dead process was writing go with a sweep, when they are old', async () => {
    const store = await openFileStore(directory);
    const names = ['chunks/a.1.tmp', 'chunks/b.2.tmp', 'state.json.3.tmp'];
    for (const name of names) writeFileSync(join(directory, name), 'x');
    for (const i of [0, 2]) utimesSync(join(directory, names[i]!), 0, 0);
    await store.sweep(() => []);
    expect((await store.held()).sizes.size).toBe(0);
    expect(readdirSync(directory, {recursive: true})).toEqual(['chunks', 'chunks/b.2.tmp']);
  });

  test('a lock of a process that is gone holds nobody up; one that stands still is taken after ten seconds', async () => {
    const store = await openFileStore(directory);
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    let held = '';
    await store.changeSetting('a', () => (held = readFileSync(lock(), 'utf8')));
    const holder = JSON.parse(held) as object;
    const heldUpMs = async (by: object) => {
      writeFileSync(lock(), JSON.stringify({...holder, ...by}));
      const began = performance.now();
      await store.changeSetting('a', () => 2);
      return performance.now() - began;
    };
    expect(await heldUpMs({pid: gone.pid})).toBeLessThan(5000);
    // Of a process in another container nothing is known.
    const stills = [{}, {pid: gone.pid, pids: 'pid:[1]'}];
    for (const still of stills) expect(await heldUpMs(still)).toBeGreaterThan(9000);
    expect([await store.getSetting('a'), readdirSync(directory).sort()]).toEqual([2, ['chunks', 'state.json']]);
  });

  test.each([
    ['text that is no JSON', '{"records":'],
    ['JSON of another form', '[1, 2]'],
    ['null', 'null'],
    ['records of another form', JSON.stringify({records: {[digestOf(101)]: {digest: digestOf(101)}}, settings: {}})],
  ])('a state of %s is an empty one, and what is written next stays', async (_, text) => {
    writeFileSync(state(), text);
    const store = await openFileStore(directory);
    expect([await store.records(), await store.getSetting('a')]).toEqual([[], undefined]);
    await store.putSetting('a', 1);
    expect(await store.getSetting('a')).toBe(1);
  });

  test('nothing is written where nothing changes', async () => {
    const store = await openFileStore(directory);
    await store.putSetting('a', 1);
    const {ino, mtimeMs} = statSync(state());
    await store.putSetting('a', 1);
    await store.held();
    expect(statSync(state())).toMatchObject({ino, mtimeMs});
    expect(JSON.parse(readFileSync(state(), 'utf8'))).toMatchObject({settings: {a: 1}});
  });

  test('a folder that can’t be made is storage_unavailable', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(openFileStore(join(directory, 'file', 'x'))).rejects.toMatchObject({code: 'storage_unavailable'});
  });
});
