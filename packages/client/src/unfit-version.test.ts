import type {Manifest, TensorSpec} from '@kedge/core';
import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../testing/client.js';
import {scaledFiles} from '../testing/doubler.js';
import {onnxGraph} from '../testing/onnx-graph.js';
import {TestRegistry} from '../testing/registry.js';
import {graph, graphDoubler, node, placeholder} from '../testing/tfjs-doubler.js';
import {onnx} from './onnx/index.js';
import {tfjs} from './tfjs/index.js';

type Files = Map<string, Uint8Array<ArrayBuffer>>;

const createTfjsWorker = () => new Worker(new URL('tfjs/worker.ts', import.meta.url), {type: 'module'});
const runtimes = () => [onnx({createWorker, providers: ['wasm']}), tfjs({createWorker: createTfjsWorker})];

describe('a version that can’t be right', () => {
  afterEach(closeAll);
  const golden = (change: object, at: 'inputs' | 'outputs' = 'outputs') => {
    const slice = (offset: number) => ({artifact: 'golden.bin', offset, bytes: 8, dtype: 'float32', shape: [2, 1]});
    const own = {inputs: {x: slice(0)}, outputs: {y: slice(8)}, tolerance: {absolute: 1e-6, relative: 0}};
    return {golden: [{...own, [at]: change}]} as unknown as Partial<Manifest>;
  };
  const slice = {artifact: 'golden.bin', offset: 8, bytes: 8, dtype: 'float32', shape: [2, 1]};
  const unknown = onnxGraph(
    [{op: 'Einbein', inputs: ['x'], output: 'y'}],
    {x: ['float32', ['batch', 1]]},
    {y: ['float32', ['batch', 1]]},
  );
  const wide = {outputs: [{name: 'y', dtype: 'float32', shape: ['batch', 2]} satisfies TensorSpec]};
  const dataless = new Map([...scaledFiles(2, 'weights/s.bin')].slice(0, 1)) as Files;
  const shardless = new Map([...graphDoubler(2)].slice(0, 1));

  test.each<[string, Files | undefined, Partial<Manifest>, string, RegExp]>([
    ['an operator that onnxruntime has not', new Map([['model.onnx', unknown]]), {}, 'model_invalid', /Einbein/],
    [
      'an operator that tfjs has not',
      graph([placeholder('x'), node('y', 'Einbein', 'x')], 1),
      {format: 'tfjs-graph'},
      'model_invalid',
      /Einbein/,
    ],
    ['weights that are not there', dataless, {}, 'model_invalid', /weights\/s\.bin/],
    ['a shard that is not there', shardless, {format: 'tfjs-graph'}, 'model_invalid', /weights\.bin is not among/],
    ['golden outputs of another shape', undefined, golden({y: {...slice, shape: [1, 2]}}), 'golden_mismatch', /y: exp/],
    ['golden outputs of another dtype', undefined, golden({y: {...slice, dtype: 'int32'}}), 'golden_mismatch', /int32/],
    ['golden inputs as outputs', undefined, golden({y: {...slice, offset: 0}}), 'golden_mismatch', /expected 1, got 2/],
    [
      'golden inputs of another shape',
      undefined,
      golden({x: {...slice, shape: [2]}}, 'inputs'),
      'golden_mismatch',
      /x/,
    ],
    ['golden outputs not as the manifest says', undefined, wide, 'golden_mismatch', /batch, 2], got float32\[2, 1]/],
  ])('(%s) never serves; the next version does', async (_, files, change, code, message) => {
    const registry = await TestRegistry.create();
    const good = await registry.publish('1.1.0', 3);
    const bad = await registry.publish('1.0.0', 2, {...(files && {files}), change});
    await registry.putRelease(registry.release([bad, good]));
    const kedge = await client(registry, {runtimes: runtimes()});
    const model = await kedge.model('scale');
    expect((await model.predict({x: Float32Array.of(1)})).served).toMatchObject({source: 'baseline', reason: code});
    expect(model.problems[0]?.message).toMatch(message);
    await registry.putRelease(registry.release([good, bad], {version: 2}));
    await kedge.refresh();
    const {outputs, served} = await (await kedge.model('scale')).predict({x: Float32Array.of(1)});
    expect([served.source, [...outputs.y!.data]]).toEqual(['model', [3]]);
  });

  test.each<[string, Partial<Manifest>]>([
    ['no outputs', golden({})],
    ['outputs of another name', golden({z: slice})],
    ['no inputs', golden({}, 'inputs')],
    ['inputs of another name', golden({z: slice}, 'inputs')],
  ])('(a golden example with %s, which tests nothing) is not even fetched', async (_, change) => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change})]));
    const kedge = await client(registry, {runtimes: runtimes()});
    const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(7)})});
    const {served} = await model.predict({x: Float32Array.of(1)});
    expect(served).toMatchObject({source: 'baseline', reason: 'manifest_invalid'});
    expect(model.problems[0]?.message).toContain('a golden example leaves out an input or an output');
    expect(await registry.requests('/blobs/')).toEqual([]);
  });
});
