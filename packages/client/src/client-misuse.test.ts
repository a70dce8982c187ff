import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../testing/client.js';
import {TestRegistry} from '../testing/registry.js';
import {createKedge} from './client.js';
import {onnx} from './onnx/index.js';

afterEach(closeAll);

describe('misuse', () => {
  test.each([
    ['an empty unit id', {unitId: ''}],
    ['a number as unit id', {unitId: 0 as never}],
    ['a unit id of 10 kB', {unitId: 'u'.repeat(10_000)}],
    ['no trusted key', {trustedKeys: []}],
    ['no runtime', {runtimes: []}],
    ['an address that is none', {registry: 'http://'}],
    ['a signal that is none', {signal: {} as never}],
  ])('%s throws TypeError at once', async (_, options) => {
    const registry = await TestRegistry.create();
    await expect(client(registry, options)).rejects.toBeInstanceOf(TypeError);
  });

  test('a collector whose address is none throws TypeError, and no worker was started', async () => {
    const registry = await TestRegistry.create();
    let workers = 0;
    const counted = () => {
      workers++;
      return createWorker();
    };
    const collector = {url: 'http://', writeKey: 'k'};
    const opening = client(registry, {collector, runtimes: [onnx({createWorker: counted})]});
    await expect(opening).rejects.toThrow('createKedge: collector.url is not an address: http://');
    expect(workers).toBe(0);
  });

  test.each(['constructor', 'toString', '__proto__'])('%s is no model', async name => {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
    const kedge = await client(registry, {pollSeconds: 0});
    await expect(kedge.model(name)).rejects.toMatchObject({code: 'model_unknown'});
  });

  test.each([null, undefined, 'x', 5])('createKedge(%s) says that it takes an object', async options => {
    const opening = createKedge(options as never);
    await expect(opening).rejects.toBeInstanceOf(TypeError);
    await expect(opening).rejects.toThrow(`createKedge: options must be an object, got ${options}`);
  });

  test('a signal that is none is named', async () => {
    const registry = await TestRegistry.create();
    const opening = client(registry, {signal: {aborted: false} as never});
    await expect(opening).rejects.toThrow(
      'createKedge: signal must be an AbortSignal, as new AbortController().signal',
    );
  });

  test.each([
    [null, 'options must be an object, got null'],
    ['x', 'options must be an object, got x'],
    [{signal: {}}, 'signal must be an AbortSignal, as new AbortController().signal is, got an object'],
    [{onProgress: 5}, 'onProgress must be a function, got 5'],
    [{baseline: []}, 'baseline must be a function, got an array'],
  ])('model(name, %o) says what is wrong', async (options, message) => {
    const registry = await TestRegistry.create();
    const kedge = await client(registry, {pollSeconds: 0});
    const opening = kedge.model('scale', options as never);
    await expect(opening).rejects.toBeInstanceOf(TypeError);
    await expect(opening).rejects.toThrow(`model(): ${message}`);
  });
});
