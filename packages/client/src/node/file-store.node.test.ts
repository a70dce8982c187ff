import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
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

const writer = (times: number) =>
  spawn(process.execPath, [
    new URL('../../testing/file-store-writer.mjs', import.meta.url).pathname,
    directory,
    `${times}`,
  ]);

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
    const {hostname} = await import('node:os');
    writeFileSync(lock(), JSON.stringify({pid: gone.pid, host: hostname(), id: 'x'}));
    let began = performance.now();
    await store.putSetting('a', 1);
    expect(performance.now() - began).toBeLessThan(5000);
    writeFileSync(lock(), JSON.stringify({pid: process.pid, host: hostname(), id: 'x'}));
    began = performance.now();
    await store.putSetting('a', 2);
    expect(performance.now() - began).toBeGreaterThan(9000);
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
