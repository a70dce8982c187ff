import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {encode, onnxModel, weights} from '../../../../scripts/onnx-model.mjs';
import {file, folder, pseudoRandom, readJson} from '../../testing/fixtures.js';
import {verifyVersion} from '../verify/verify-version.js';
import {packModel, type PackOptions} from './pack-model.js';
import {pinRuntime} from './runtime-files.js';

const model = onnxModel([{rows: 2, columns: 2, type: 'float32', data: encode(weights(4, 1), 'float32')}]);

function pack(registry: string, more: Partial<PackOptions> = {}, meta: object = {}) {
  return packModel({
    ...{model: file(folder(), 'model.onnx', model), name: 'm', version: '1.0.0', registry, run: false},
    ...{meta: file(folder(), 'meta.json', JSON.stringify({task: 'other', ...meta})), ...more},
  });
}

/** A package with binaries of a few KiB. */
function runtimePackage(version: string, name = 'onnxruntime-web'): string {
  const dir = folder();
  mkdirSync(join(dir, 'dist'));
  file(dir, 'package.json', JSON.stringify({name, version}));
  for (const [i, build] of ['', '.jspi', '.asyncify'].entries())
    file(dir, `dist/ort-wasm-simd-threaded${build}.wasm`, pseudoRandom(5000, i + 1));
  return dir;
}

const names = (packed: Awaited<ReturnType<typeof pack>>) => packed.manifest.runtime.files?.map(({path}) => path);

describe('the runtime’s binaries', () => {
  it('are pinned from the installed package, byte for byte, with its version', async () => {
    const registry = folder();
    const packed = await pack(registry, {runtimeFiles: 'wasm'});
    const installed = readJson(
      new URL('../../../../node_modules/onnxruntime-web/package.json', import.meta.url).pathname,
    );
    expect(packed.manifest.runtime).toMatchObject({package: 'onnxruntime-web', version: installed.version});
    expect(names(packed)).toEqual(['ort-wasm-simd-threaded.wasm']);
    const [pinned] = packed.manifest.runtime.files!;
    expect(statSync(`${registry}/blobs/${pinned!.sha256}`).size).toBe(pinned!.bytes);
    expect(pinned!.bytes).toBeGreaterThan(10_000_000);
    expect((await verifyVersion({reference: 'm@1.0.0', registry})).failures).toEqual([]);
  });

  it('are the builds that were asked for', async () => {
    const runtimeDir = runtimePackage('1.30.0');
    expect(names(await pack(folder(), {runtimeDir}))).toEqual([
      ...['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.jspi.wasm'],
    ]);
    expect(names(await pack(folder(), {runtimeDir: join(runtimeDir, 'dist'), runtimeFiles: 'all'}))).toHaveLength(3);
    expect(names(await pack(folder(), {runtimeDir, runtimeFiles: false}))).toBeUndefined();
  });

  it('are stored once for all versions, and mended where they were damaged', async () => {
    const [registry, runtimeDir] = [folder(), runtimePackage('1.30.0')];
    const first = await pack(registry, {runtimeDir});
    const second = await pack(registry, {runtimeDir, version: '1.0.1'});
    expect(second.manifest.runtime).toEqual(first.manifest.runtime);
    expect(readdirSync(`${registry}/blobs`)).toHaveLength(3);
    const blob = `${registry}/blobs/${first.manifest.runtime.files![0]!.sha256}`;
    const sound = readFileSync(blob);
    writeFileSync(blob, 'damaged');
    await expect(verifyVersion({reference: 'm@1.0.0', registry})).rejects.toMatchObject({
      ...{
        code: 'artifact_corrupt',
        message: expect.stringMatching(/runtime file ort-wasm-simd-threaded\.wasm/) as string,
      },
    });
    await pack(registry, {runtimeDir, version: '1.0.2'});
    expect(readFileSync(blob).equals(sound)).toBe(true);
    rmSync(blob);
    await pack(registry, {runtimeDir, version: '1.0.3'});
    expect(readFileSync(blob).equals(sound)).toBe(true);
  });

  it('are left out, with a note, when they are not the version that the author names', async () => {
    const runtime = {package: 'onnxruntime-web', version: '1.29.0'};
    const packed = await pack(folder(), {runtimeDir: runtimePackage('1.30.0')}, {runtime});
    expect(packed.manifest.runtime).toEqual(runtime);
    expect(packed.notes).toContainEqual(
      expect.stringMatching(/not pinned: --meta names onnxruntime-web 1\.29\.0, installed is .* 1\.30\.0/),
    );
    const same = await pack(folder(), {runtimeDir: runtimePackage('1.29.0')}, {runtime});
    expect(names(same)).toHaveLength(2);
  });

  it('are left out, with a note, when the package is not installed', async () => {
    const runtime = {package: '@tensorflow/tfjs-unheard-of', version: '4.22.0'};
    const other = await pinRuntime(folder(), {package: 'another-runtime', version: '1.0.0'}, true, {});
    expect(other).toEqual({runtime: {package: 'another-runtime', version: '1.0.0'}, notes: []});
    const tfjs = await pinRuntime(folder(), runtime, true, {});
    expect(tfjs.notes.length + (tfjs.runtime.files?.length ?? 0)).toBeGreaterThan(0);
  });

  it('are told when they are too large for some hosts', async () => {
    const runtimeDir = runtimePackage('1.30.0');
    file(runtimeDir, 'dist/ort-wasm-simd-threaded.asyncify.wasm', new Uint8Array(25 * 2 ** 20 + 1));
    const {notes} = await pack(folder(), {runtimeDir, runtimeFiles: 'all'});
    expect(notes).toContainEqual(
      expect.stringMatching(/asyncify\.wasm has 26214401 bytes: some static hosts refuse more than 25 MiB/),
    );
  });

  it('of a folder that is no such package, or misses one, are refused by name', async () => {
    await expect(pack(folder(), {runtimeDir: folder()})).rejects.toThrow(
      /--runtime-dir: .* is not the package onnxruntime-web/,
    );
    await expect(pack(folder(), {runtimeDir: runtimePackage('1.0.0', 'another')})).rejects.toMatchObject({exitCode: 2});
    const partial = runtimePackage('1.30.0');
    rmSync(join(partial, 'dist/ort-wasm-simd-threaded.jspi.wasm'));
    await expect(pack(folder(), {runtimeDir: partial})).rejects.toMatchObject({
      ...{
        code: 'runtime_unavailable',
        message: expect.stringMatching(/has no ort-wasm-simd-threaded\.jspi\.wasm/) as string,
      },
    });
  });
});
