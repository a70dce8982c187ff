import type {Artifact, Manifest, Release} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {doubler} from '../../testing/doubler.js';
import {about, changeAbout, image, inStore, key, path, pinning, replace, visit} from '../../testing/images.js';
import {onnxGraph} from '../../testing/onnx-graph.js';
import type {TestRegistry} from '../../testing/registry.js';

const batch = ['float32', ['batch', 1]] as const;
/** y = |x| ^ 2 + sin x: of other operators than `doubler`. */
const other = onnxGraph(
  [
    {op: 'Abs', inputs: ['x'], output: 'a'},
    {op: 'Pow', inputs: ['a', 'a'], output: 'p'},
    {op: 'Sin', inputs: ['x'], output: 's'},
    {op: 'Add', inputs: ['p', 's'], output: 'y'},
  ],
  {x: batch},
  {y: batch},
);
const otherOfZero = 1;

let registry: TestRegistry;
let file: Artifact;
let runtime: Manifest['runtime'];

beforeEach(async () => {
  ({registry, file, runtime} = await pinning());
});
afterEach(closeAll);

async function called(model: Uint8Array<ArrayBuffer>, runs = 2): Promise<string> {
  const response = await fetch(`/called-functions?runs=${runs}`, {method: 'POST', body: model});
  if (!response.ok) throw new Error(await response.text());
  return response.text();
}

const listing = (functions: string): Partial<Manifest> => ({runtime: {...runtime, functions: {[path]: functions}}});

async function release(change: Partial<Manifest>, model = doubler(2)): Promise<void> {
  const files = new Map([['model.onnx', model]]);
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {files, change})]));
}

/** Nothing of the whole binary can be read from now on, nor fetched. */
async function loseWhole(): Promise<void> {
  await inStore(store => store.dropChunks(file.chunks.map(({sha256}) => sha256)));
  await registry.putText(`/blobs/${file.sha256}`, 'away', {status: 503});
}

const right = {y: [2], sources: ['model'], workers: 1, problems: 0};

describe('a binary with the functions alone that a version calls', {timeout: 240_000}, () => {
  test('is a fifth of the whole, and starts it: nothing else of the binary is read', async () => {
    await release(listing(await called(doubler(2))));
    expect(await visit(registry)).toEqual(right);
    const {binary} = (await image())!;
    expect([binary!.length < file.bytes / 5, WebAssembly.validate(binary!)]).toEqual([true, true]);
    await loseWhole();
    expect(await visit(registry)).toEqual(right);
    expect(await about()).toMatchObject({state: 'proven', tries: 1});
    expect(await visit(registry)).toEqual(right);
  });

  test('is given up in a test where a function is missing: the image goes on with the whole one, unseen by the app', async () => {
    await release(listing(await called(doubler(2), 0)));
    expect(await visit(registry)).toEqual(right);
    expect(await visit(registry)).toEqual({...right, workers: 2});
    expect(await about()).toMatchObject({state: 'proven', trapped: true});
    expect(await visit(registry)).toEqual(right);
    expect(await about()).toMatchObject({trapped: true});
  });

  test('is given up in a run where a function is missing: a new worker gives the right answer', async () => {
    await release({...listing(await called(other, 0)), golden: []}, other);
    const answer = {y: [otherOfZero], sources: ['model'], problems: 0};
    expect(await visit(registry, 0)).toEqual({...answer, workers: 1});
    expect(await visit(registry, 0)).toEqual({...answer, workers: 2});
    expect(await about()).toMatchObject({trapped: true});
    expect(await visit(registry, 0)).toEqual({...answer, workers: 1});
  });

  test('comes back with a version that lists more', async () => {
    const [little, enough] = [await called(doubler(2), 0), await called(doubler(2))];
    await release(listing(little));
    for (let i = 0; i < 3; i++) await visit(registry);
    const next = await registry.publish('1.1.0', 2, {note: 'lists more', change: listing(enough)});
    await registry.putRelease(registry.release([next], {version: 2}));
    // The release comes behind the first one's back, and the image is kept behind a start.
    const again = async () => {
      expect(await visit(registry)).toEqual(right);
      const {state, trapped} = (await about())!;
      return {state, trapped};
    };
    await expect.poll(again, {timeout: 60_000}).toEqual({state: 'proven', trapped: undefined});
    await loseWhole();
    expect(await visit(registry)).toEqual(right);
  });

  test('is left aside where a byte of it has changed', async () => {
    await release(listing(await called(doubler(2))));
    await visit(registry);
    await inStore(async store => {
      const {blob, ...rest} = (await store.getSetting(key)) as {blob: Blob};
      const changed = new Uint8Array(await blob.arrayBuffer());
      changed[changed.length - 5000]! ^= 1;
      await store.changeSetting(key, () => ({...rest, blob: new Blob([changed])}));
    });
    expect(await visit(registry)).toEqual(right);
    expect(await visit(registry)).toEqual(right);
  });

  test.each<[string, string]>([
    ['does not read', 'no base64!'],
    ['names none', 'AAAA'],
    ['is of nothing', ''],
  ])('is no fault of the app where the list %s', async (_, functions) => {
    await release(listing(functions));
    for (let i = 0; i < 3; i++) expect(await visit(registry)).toMatchObject({y: [2], sources: ['model'], problems: 0});
    expect(await visit(registry)).toEqual(right);
  });

  test('is no fault of the app where it is no module', async () => {
    await release(listing(await called(doubler(2))));
    await visit(registry);
    await replace(image => ({...image, binary: Uint8Array.of(1, 2, 3)}));
    expect(await visit(registry)).toEqual({...right, workers: 2});
    expect(await visit(registry)).toEqual(right);
  });
});

describe('two models of one worker', {timeout: 240_000}, () => {
  async function both(second: Partial<Manifest>): Promise<void> {
    const one = await registry.publish('1.0.0', 2, {change: listing(await called(doubler(2)))});
    const files = new Map([['model.onnx', other]]);
    const two = await registry.publish('1.0.0', 2, {files, change: {model: 'other', golden: [], ...second}});
    const [scale, more] = [registry.release([one]), registry.release([two])];
    const models: Release['models'] = {scale: scale.models.scale!, other: more.models.scale!};
    await registry.putRelease({...scale, models});
  }
  const answers = {y: [0, otherOfZero], sources: ['model'], workers: 1, problems: 0};
  const visitBoth = () => visit(registry, 0, ['scale', 'other']);

  test('start from the functions of both', async () => {
    await both(listing(await called(other)));
    expect(await visitBoth()).toEqual(answers);
    await loseWhole();
    expect(await visitBoth()).toEqual(answers);
    expect(await about()).toMatchObject({state: 'proven'});
  });

  test('one of which came later: the start that lacks its functions is given up once', async () => {
    await both(listing(await called(other)));
    const one = () => visit(registry, 1);
    expect(await one()).toEqual(right);
    expect(await one()).toEqual(right);
    expect(await visitBoth()).toEqual({...answers, workers: 2});
    expect(await visitBoth()).toEqual(answers);
    await loseWhole();
    expect(await visitBoth()).toEqual(answers);
  });

  test('one of which does not say what it calls: the whole serves', async () => {
    await both({runtime});
    expect(await visitBoth()).toEqual(answers);
    expect(await visitBoth()).toEqual({...answers, workers: 2});
    expect(await about()).toMatchObject({wanted: 'all'});
    expect(await visitBoth()).toEqual(answers);
  });

  test('a store that forgot what is wanted learns it again', async () => {
    await both(listing(await called(other)));
    await visitBoth();
    await changeAbout({wanted: 'all'});
    expect(await visitBoth()).toEqual(answers);
  });
});
