import {mkdirSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {digitsModel, file, folder, tfjsModel} from '../../testing/fixtures.js';
import {encode, type Layer, onnxModel, weights} from '../../../../scripts/onnx-model.mjs';
import {besideModel} from './beside.js';
import {readOnnxFile} from './onnx-file.js';
import {tensorPlaces} from './places.js';
import {RandomFile} from './random-file.js';

const layer = (rows: number, columns: number, type: Layer['type'] = 'float32', more: Partial<Layer> = {}): Layer => ({
  ...{rows, columns, type, data: encode(weights(rows * columns, rows), type)},
  ...more,
});

function walk(bytes: Uint8Array) {
  using model = new RandomFile(file(folder(), 'model.onnx', bytes), 'MODEL');
  return readOnnxFile(model);
}

describe('an ONNX file', () => {
  it('says its inputs, outputs and where its tensors lie', () => {
    const layers = [
      layer(4, 6),
      layer(6, 5, 'int8'),
      layer(5, 3, 'float16'),
      layer(3, 3, 'bfloat16'),
      layer(3, 2, 'float32', {unpacked: true}),
    ];
    const bytes = onnxModel(layers);
    const {inputs, outputs, tensors} = walk(bytes);
    expect(inputs).toEqual([{name: 'x', dtype: 'float32', shape: ['batch', 4]}]);
    expect(outputs).toEqual([{name: 'y', dtype: 'float32', shape: ['batch', 2]}]);
    const matrices = tensors.filter(({key}) => key.startsWith('w'));
    expect(matrices.map(({key}) => key)).toEqual([
      ...['w0 1 [4,6]', 'w1 3 [6,5]', 'w2 10 [5,3]', 'w3 16 [3,3]', 'w4 1 [3,2]'],
    ]);
    expect(matrices.map(({element}) => element)).toEqual([
      ...[
        {width: 4, isFloat: true},
        {width: 1, isFloat: false},
        {width: 2, isFloat: true},
        {width: 2, isFloat: true},
      ],
      {width: 4, isFloat: true},
    ]);
    for (const [i, {offset, bytes: length}] of matrices.entries())
      expect(bytes.slice(offset, offset + length!)).toEqual(new Uint8Array(layers[i]!.data));
  });

  it('names its external files, with offset and length', async () => {
    const dir = folder();
    const external = {location: './weights/w.bin', offset: 64};
    const model = file(dir, 'model.onnx', onnxModel([layer(4, 6, 'float32', {external})]));
    mkdirSync(join(dir, 'weights'));
    const data = file(dir, 'weights/w.bin', new Uint8Array(200));
    const paths = new Map([
      ['model.onnx', model],
      ['weights/w.bin', data],
    ]);
    expect(await tensorPlaces({format: 'onnx', entry: 'model.onnx'}, paths)).toEqual([
      {...{key: 'w0 1 [4,6]', artifact: 'weights/w.bin', offset: 64, bytes: 96}, element: {width: 4, isFloat: true}},
    ]);
    file(dir, 'weights/w.bin', new Uint8Array(159));
    await expect(tensorPlaces({format: 'onnx', entry: 'model.onnx'}, paths)).rejects.toMatchObject({
      ...{
        code: 'model_invalid',
        message: expect.stringMatching(/w0 .*expected 96 bytes at 64 of weights\/w.bin, which has 159/) as string,
      },
    });
  });

  it('is read as onnxruntime reads it', () => {
    using model = new RandomFile(digitsModel('1.1.0').model, 'MODEL');
    const {inputs, outputs, tensors} = readOnnxFile(model);
    expect(inputs).toEqual([{name: 'image', dtype: 'float32', shape: ['batch', 1, 28, 28]}]);
    expect(outputs).toMatchObject([{name: 'scores', dtype: 'float32'}]);
    const total = tensors.reduce((sum, {bytes}) => sum + bytes!, 0);
    expect(total / model.size).toBeGreaterThan(0.95);
  });

  it('that is cut or damaged is model_invalid, or another model: never another error, never without end', () => {
    const bytes = onnxModel([layer(3, 3), layer(3, 3, 'int8')]);
    const damages = fc.tuple(fc.nat(bytes.length - 1), fc.integer({min: 1, max: 255}), fc.boolean());
    fc.assert(
      fc.property(damages, ([at, mask, isCut]) => {
        const damaged = isCut ? bytes.subarray(0, at) : bytes.map((byte, i) => (i === at ? byte ^ mask : byte));
        try {
          walk(damaged);
        } catch (error) {
          expect(error).toMatchObject({code: 'model_invalid'});
        }
      }),
      {numRuns: 300},
    );
  });

  it.each<[string, number[], RegExp]>([
    ['nothing', [], /expected an ONNX model with one graph, it has 0/],
    ['a number without end', new Array<number>(20).fill(0x80), /a number does not end at byte 0/],
    ['a field past the end', [0x3a, 0x7f, 1], /a field of 127 bytes ends past its message/],
    ['a group, which protobuf gave up', [0x0b], /no protobuf field/],
    ['field 0', [0x00, 0x00], /no protobuf field/],
    ['two graphs', [0x3a, 0, 0x3a, 0], /one graph, it has 2/],
  ])('%s is refused by name', (_, bytes, message) => {
    expect(() => walk(Uint8Array.from(bytes))).toThrow(message);
  });

  it('graphs in graphs end somewhere', () => {
    let graph = new Uint8Array();
    const wrap = (field: number, inner: Uint8Array) => {
      const length = [];
      for (let left = inner.length; ; left >>= 7) {
        length.push((left & 127) | (left > 127 ? 128 : 0));
        if (left < 128) break;
      }
      return Uint8Array.from([field * 8 + 2, ...length, ...inner]);
    };
    for (let i = 0; i < 100; i++) graph = wrap(1, wrap(5, wrap(6, graph)));
    expect(() => walk(wrap(7, graph))).toThrow(/graphs lie 65 deep/);
  });
});

describe('a tfjs model', () => {
  it('says where its weights lie, across shards', async () => {
    const dir = folder();
    const weightsOf = (...shape: number[]) => ({name: `w${shape.length}`, shape, dtype: 'float32'});
    const manifest = [
      {paths: ['a.bin', 'b.bin'], weights: [weightsOf(3), weightsOf(2, 4), {name: 's', shape: [1], dtype: 'string'}]},
    ];
    const model = file(dir, 'model.json', JSON.stringify({modelTopology: {}, weightsManifest: manifest}));
    const paths = new Map([
      ['model.json', model],
      ['a.bin', file(dir, 'a.bin', new Uint8Array(32))],
      ['b.bin', file(dir, 'b.bin', new Uint8Array(14))],
    ]);
    const places = await tensorPlaces({format: 'tfjs-layers', entry: 'model.json'}, paths);
    expect(places.map(({key, artifact, offset, bytes}) => [key, artifact, offset, bytes])).toEqual([
      ['w1 4 [3] +0', 'a.bin', 0, 12],
      ['w2 4 [2,4] +0', 'a.bin', 12, 20],
      ['w2 4 [2,4] +20', 'b.bin', 0, 12],
    ]);
  });

  it('of the demo is all weights', async () => {
    const weightsFile = join(tfjsModel.model, '../weights.bin');
    const paths = new Map([
      ['model.json', tfjsModel.model],
      ['weights.bin', weightsFile],
    ]);
    const places = await tensorPlaces({format: 'tfjs-layers', entry: 'model.json'}, paths);
    using weights_ = new RandomFile(weightsFile, 'weights');
    expect(places.reduce((sum, {bytes}) => sum + bytes, 0)).toBe(weights_.size);
  });
});

describe('a file that a model names', () => {
  it.each(['../secret', '/etc/passwd', 'a/../../secret', 'a\\b', '.ssh/id', 'C:secret', '', 'a\0b'])(
    '%j is refused, as leading out of the folder',
    async named => {
      const model = file(folder(), 'model.onnx', '');
      await expect(besideModel(model, named, 'external data')).rejects.toMatchObject({
        ...{code: 'model_invalid', message: expect.stringMatching(/external data .*is no relative path/) as string},
      });
    },
  );

  it('a link that leads out is refused, one inside is followed', async () => {
    const [dir, outside] = [folder(), folder()];
    const model = file(dir, 'model.onnx', '');
    symlinkSync(file(outside, 'secret', 'x'), join(dir, 'w.bin'));
    await expect(besideModel(model, 'w.bin', 'weights')).rejects.toMatchObject({
      ...{code: 'model_invalid', message: expect.stringMatching(/leads out of the folder/) as string},
    });
    symlinkSync(file(dir, 'real.bin', 'x'), join(dir, 'link.bin'));
    expect(await besideModel(model, './link.bin', 'weights')).toEqual({path: 'link.bin', file: join(dir, 'link.bin')});
  });

  it('that is not there is named', async () => {
    const model = file(folder(), 'model.onnx', '');
    await expect(besideModel(model, 'w.bin', 'external data')).rejects.toThrow(
      /external data: there is no file .*w\.bin/,
    );
  });
});
