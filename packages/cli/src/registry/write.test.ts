import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {folder} from '../../testing/fixtures.js';
import {storeArtifact} from './write.js';

// What Linux refuses whoever asks, as a full disk or a missing right would be refused.
const longestPath = 4095;

it.skipIf(process.platform !== 'linux')('a file that can’t be opened is told, though the source is slow', async () => {
  let registry = folder();
  while (registry.length < longestPath - 60)
    registry = join(registry, 'x'.repeat(Math.min(200, 4040 - registry.length)));
  mkdirSync(registry, {recursive: true});
  async function* slow() {
    await sleep(100);
    yield new Uint8Array(10);
  }
  await expect(storeArtifact(registry, slow(), 'model.onnx')).rejects.toMatchObject({code: 'ENAMETOOLONG'});
  expect(readdirSync(join(registry, 'blobs'))).toEqual([]);
});

it('what the source throws leaves nothing behind', async () => {
  const registry = folder();
  async function* broken() {
    yield new Uint8Array(3_000_000);
    await sleep(1);
    throw new Error('read error');
  }
  await expect(storeArtifact(registry, broken(), 'model.onnx')).rejects.toThrow('read error');
  expect(readdirSync(join(registry, 'blobs'))).toEqual([]);
});
