import {onnx} from '../src/onnx/index.js';
import {handBinaries} from './binaries.js';
import {client} from './client.js';
import {doubler} from './doubler.js';
import {TestRegistry} from './registry.js';

const createWorker = () => handBinaries(new Worker(new URL('./struck-worker.ts', import.meta.url), {type: 'module'}));

/** A client with the models `a` and `b`, that multiply by 2 and 3, without a baseline, in one worker. */
export async function struck() {
  const registry = await TestRegistry.create();
  const names = ['a', 'b'];
  const published = await Promise.all(
    names.map((model, i) => {
      const files = new Map([['model.onnx', doubler(i + 2)]]);
      return registry.publish('1.0.0', i + 2, {files, change: {model, baseline: undefined}});
    }),
  );
  const models = published.map(({digest, bytes}, i) => [
    names[i],
    {champion: '1.0.0', revoked: [], enabled: true, versions: {'1.0.0': {manifest: digest, bytes}}},
  ]);
  await registry.putRelease(registry.release([published[0]!], {models: Object.fromEntries(models) as never}));
  return client(registry, {runtimes: [onnx({createWorker, providers: ['wasm']})], pollSeconds: 0});
}
