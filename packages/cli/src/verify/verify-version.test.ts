import {appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Manifest} from '@kedge/core';
import {beforeAll, describe, expect, it} from 'vitest';
import {digitsModel, folder, testDigits} from '../../testing/fixtures.js';
import {packModel} from '../pack/pack-model.js';
import {comparePaired, mcnemar} from './compare.js';
import {verifyVersion} from './verify-version.js';

let packed: string;

beforeAll(async () => {
  packed = mkdtempSync(join(tmpdir(), 'kedge-cli-'));
  for (const version of ['1.0.0', '1.1.0'] as const)
    await packModel({
      registry: packed,
      name: 'digits',
      version,
      ...digitsModel(version),
      validation: testDigits,
      limit: 300,
      runtimeFiles: false,
    });
  return () => rmSync(packed, {recursive: true});
});

/** A copy that a test may damage. */
function registry(): string {
  const copy = folder();
  cpSync(packed, copy, {recursive: true});
  return copy;
}

const check = {validation: testDigits, limit: 300};

describe('a good version', () => {
  it('passes, with what was checked', async () => {
    const verified = await verifyVersion({reference: 'digits@1.1.0', registry: packed, minAccuracy: 0.97, ...check});
    expect(verified).toMatchObject({golden: 10, failures: [], notes: [], score: {examples: 300}});
    expect(verified.score!.accuracy).toBeGreaterThan(0.97);
  });

  it('is compared with the champion example by example', async () => {
    const {champion, failures} = await verifyVersion({
      reference: 'digits@1.1.0',
      registry: packed,
      champion: 'digits@1.0.0',
      ...check,
    });
    const {paired} = champion!;
    expect(paired.bothRight + paired.onlyThisRight + paired.onlyChampionRight + paired.neitherRight).toBe(300);
    expect(paired.onlyThisRight).toBeGreaterThan(paired.onlyChampionRight);
    expect(failures).toEqual([]);
  });
});

it('is checked by its bytes alone when told so, and then keeps no floor', async () => {
  const options = {reference: 'digits@1.1.0', registry: packed, run: false, ...check};
  expect(await verifyVersion(options)).toMatchObject({
    ...{golden: 0, failures: [], notes: [expect.stringMatching(/^--no-run/) as string]},
  });
  expect(await verifyVersion({...options, minAccuracy: 0.5})).toMatchObject({
    failures: [expect.stringMatching(/accuracy was to be checked, and it was not measured: --no-run/) as string],
  });
});

describe('a version that is not good enough', () => {
  it('fails the floor and the margin, with both numbers', async () => {
    const options = {
      reference: 'digits@1.0.0',
      registry: packed,
      minAccuracy: 0.99,
      champion: 'digits@1.1.0',
      margin: 0.01,
    };
    const {failures} = await verifyVersion({...options, ...check});
    expect(failures).toEqual([
      expect.stringMatching(/accuracy 0\.\d{4} on 300 examples is below the stated 0\.99/),
      expect.stringMatching(
        /accuracy 0\.\d{4} is worse than [01]\.\d{4} of digits@1\.1\.0 by more than the margin 0\.01/,
      ),
    ]);
  });

  it('passes within the margin', async () => {
    const options = {reference: 'digits@1.0.0', registry: packed, champion: 'digits@1.1.0', margin: 0.5};
    expect((await verifyVersion({...options, ...check})).failures).toEqual([]);
  });
});

describe('a damaged registry', () => {
  async function blobOf(dir: string, path: string) {
    const {address} = await verifyVersion({reference: 'digits@1.0.0', registry: dir});
    const manifest = JSON.parse(readFileSync(`${dir}/manifests/${address}.json`, 'utf8')) as Manifest;
    return `${dir}/blobs/${manifest.artifacts.find(one => one.path === path)!.sha256}`;
  }

  it('is refused for a flipped byte, naming the chunk', async () => {
    const dir = registry();
    const blob = await blobOf(dir, 'model.onnx');
    const bytes = readFileSync(blob);
    bytes[5000]! ^= 1;
    writeFileSync(blob, bytes);
    await expect(verifyVersion({reference: 'digits@1.0.0', registry: dir})).rejects.toMatchObject({
      code: 'artifact_corrupt',
      message: expect.stringMatching(/model\.onnx .*chunk 0 \(bytes 0 to 31705\): expected [0-9a-f]{64}, got/),
    });
  });

  it('is refused for a blob that is cut, longer, or missing', async () => {
    const dir = registry();
    const blob = await blobOf(dir, 'golden.bin');
    appendFileSync(blob, 'x');
    await expect(verifyVersion({reference: 'digits@1.0.0', registry: dir})).rejects.toThrow(
      /expected 31760 bytes, got 31761/,
    );
    rmSync(blob);
    await expect(verifyVersion({reference: 'digits@1.0.0', registry: dir})).rejects.toThrow(
      /the file is missing; pack the version again/,
    );
  });

  it('is refused for a manifest that is not its address', async () => {
    const dir = registry();
    const {address} = await verifyVersion({reference: 'digits@1.0.0', registry: dir});
    appendFileSync(`${dir}/manifests/${address}.json`, ' ');
    await expect(verifyVersion({reference: address, registry: dir})).rejects.toMatchObject({code: 'manifest_invalid'});
  });
});

it('says what the registry holds when asked for something else', async () => {
  const options = {registry: packed};
  await expect(verifyVersion({reference: 'digits@9.9.9', ...options})).rejects.toThrow(
    /it holds digits@1\.0\.0, digits@1\.1\.0/,
  );
  await expect(verifyVersion({reference: 'digits', ...options})).rejects.toThrow(/expected MODEL@VERSION/);
  await expect(verifyVersion({reference: 'digits@1.0.0', minAccuracy: 0.5, ...options})).rejects.toThrow(
    /need validation data/,
  );
});

it('tests a paired difference exactly', () => {
  // Binomial(10, 1/2): P(X <= 2) = 56/1024.
  expect(mcnemar(2, 8)).toBeCloseTo(112 / 1024, 12);
  expect(mcnemar(0, 0)).toBe(1);
  expect(mcnemar(5, 5)).toBe(1);
  expect(mcnemar(0, 2000)).toBe(0);
  expect(comparePaired(Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 0))).toMatchObject({
    ...{bothRight: 1, onlyThisRight: 1, onlyChampionRight: 1, neitherRight: 1, accuracy: 0.5, championAccuracy: 0.5},
  });
});
