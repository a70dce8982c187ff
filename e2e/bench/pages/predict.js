import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {bareClient} from './bare-client.js';

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/**
 * One model through Kedge and through both bare builds, in turns. A machine's speed drifts within a run, so that each round
 * is compared with itself: the ratio and the difference are medians over rounds.
 *
 * @param {{config: any, model: string, blob: string, input: string, shape: number[], rounds: number, perRound: number}} plan
 * @returns {Promise<Record<'kedge' | 'wasm' | 'default', {ms: number, ratio: number, moreMs: number}>>} milliseconds a run; Kedge over this one
 */
async function measure({config, model, blob, input, shape, rounds, perRound}) {
  const kedge = await createKedge({...config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
  const served = await kedge.model(model);
  const bytes = new Uint8Array(await (await fetch(blob)).arrayBuffer());
  const wasm = bareClient(new Worker(new URL('./bare-wasm-worker.js', import.meta.url), {type: 'module'}));
  const heavy = bareClient(new Worker(new URL('./bare-default-worker.js', import.meta.url), {type: 'module'}));
  await wasm({model: bytes});
  await heavy({model: bytes});
  const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => (i % 17) / 17);
  const runs = {
    kedge: () => served.predict({[input]: {data, shape}}),
    wasm: () => wasm({name: input, data, shape}),
    default: () => heavy({name: input, data, shape}),
  };
  /** @type {Record<keyof typeof runs, number[]>} */
  const times = {kedge: [], wasm: [], default: []};
  const names = /** @type {(keyof typeof runs)[]} */ (Object.keys(runs));
  for (let round = -5; round < rounds; round++)
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + Math.abs(round)) % names.length] ?? 'kedge';
      const begun = performance.now();
      // The clock of a page that is not isolated ticks every 0.1 ms: a tiny model is timed several runs at a time.
      for (let run = 0; run < perRound; run++) await runs[name]();
      if (round >= 0) times[name].push((performance.now() - begun) / perRound);
    }
  await kedge.close();
  const over = (/** @type {keyof typeof runs} */ name) => ({
    ms: median(times[name]),
    ratio: median(times.kedge.map((ms, i) => ms / (times[name][i] ?? NaN))),
    moreMs: median(times.kedge.map((ms, i) => ms - (times[name][i] ?? NaN))),
  });
  return {kedge: over('kedge'), wasm: over('wasm'), default: over('default')};
}

/**
 * What a person waits for after the page was opened: one side alone, its first runs. Until V8 has optimised a runtime's code
 * the large default build runs at half the speed of the small one; after a few seconds both run alike.
 *
 * @param {{config: any, model: string, blob: string, input: string, shape: number[], runs: number}} plan
 * @param {'kedge' | 'default'} side
 * @returns {Promise<number>} milliseconds, the median
 */
async function firstRuns({config, model, blob, input, shape, runs}, side) {
  const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => (i % 17) / 17);
  const run = await (side === 'kedge' ? startKedge() : startDefault());
  const times = [];
  for (let i = 0; i < runs; i++) {
    const begun = performance.now();
    await run();
    times.push(performance.now() - begun);
  }
  return median(times);

  async function startKedge() {
    const kedge = await createKedge({...config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
    const served = await kedge.model(model);
    return () => served.predict({[input]: {data, shape}});
  }

  async function startDefault() {
    const bytes = new Uint8Array(await (await fetch(blob)).arrayBuffer());
    const heavy = bareClient(new Worker(new URL('./bare-default-worker.js', import.meta.url), {type: 'module'}));
    await heavy({model: bytes});
    return () => heavy({name: input, data, shape});
  }
}

Object.assign(globalThis, {measure, firstRuns});
