import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {bareClient} from './bare-client.js';

/** @param {number[]} numbers */
const ascending = numbers => [...numbers].sort((a, b) => a - b);
/** @param {number[]} numbers */
const median = numbers => ascending(numbers)[numbers.length >> 1] ?? NaN;

/** An image that no other call has. @param {number} n @param {number[]} shape */
const image = (n, shape) =>
  Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => ((i * (n + 3)) % 17) / 17);

/** So many callers, each of whom asks again once it has its answer. @param {number} callers @param {number} calls of all together @param {(n: number) => Promise<unknown>} ask @returns {Promise<number>} answers a second */
async function perSecond(callers, calls, ask) {
  let asked = 0;
  const caller = async () => {
    while (asked < calls) await ask(asked++);
  };
  const began = performance.now();
  await Promise.all(Array.from({length: callers}, caller));
  return (1000 * calls) / (performance.now() - began);
}

/**
 * Answers a second of many callers at once, through Kedge and through a worker written by hand that computes one call after
 * another, in turns.
 *
 * @param {{config: any, model: string, blob: string, input: string, shape: number[], rounds: number, callers: number, calls: number, spare: boolean}} plan
 */
async function throughput({config, model, blob, input, shape, rounds, callers, calls, spare}) {
  const kedge = await createKedge({...config, spare, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
  const served = await kedge.model(model);
  const bare = bareClient(new Worker(new URL('./bare-wasm-worker.js', import.meta.url), {type: 'module'}));
  await bare({model: new Uint8Array(await (await fetch(blob)).arrayBuffer())});
  const images = Array.from({length: 64}, (_, n) => image(n, shape));
  const data = (/** @type {number} */ n) => /** @type {Float32Array} */ (images[n % images.length]);
  const runs = {
    kedge: (/** @type {number} */ n) => served.predict({[input]: data(n)}),
    bare: (/** @type {number} */ n) => bare({name: input, data: data(n), shape}),
  };
  if (spare) await untilSpare(kedge, model, () => runs.kedge(0));
  const wrong = await different(runs, images.length, served.manifest?.outputs[0]?.name ?? '');
  /** @type {Record<'kedge' | 'bare', number[]>} */
  const rates = {kedge: [], bare: []};
  for (let round = -2; round < rounds; round++)
    for (const name of /** @type {const} */ (round % 2 ? ['kedge', 'bare'] : ['bare', 'kedge'])) {
      const rate = await perSecond(callers, calls, runs[name]);
      if (round >= 0) rates[name].push(rate);
    }
  await kedge.close();
  const ratio = median(rates.kedge.map((rate, i) => rate / (rates.bare[i] ?? NaN)));
  return {kedge: median(rates.kedge), bare: median(rates.bare), ratio, wrong};
}

/** Until the second worker has the model too. @param {import('@kedge/client').Kedge} kedge @param {string} model @param {() => Promise<unknown>} ask */
async function untilSpare(kedge, model, ask) {
  while ((await kedge.explain(model)).spare !== 'ready') {
    await ask();
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** How many answers of calls at once are not, to the bit, those of the bare runtime one by one. @param {{kedge: (n: number) => Promise<any>, bare: (n: number) => Promise<any>}} runs @param {number} count @param {string} output */
async function different({kedge, bare}, count, output) {
  const numbers = Array.from({length: count}, (_, n) => n);
  let wrong = 0;
  // The first times teach the client that it may batch.
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(numbers.map(kedge));
    for (const n of numbers) {
      const {data} = await bare(n);
      if (
        answers[n].outputs[output].data.some(
          (/** @type {number} */ value, /** @type {number} */ i) => value !== data[i],
        )
      )
        wrong++;
    }
  }
  return wrong;
}

/**
 * How long after its call each of many at once is settled, answered or not.
 *
 * @param {{config: any, model: string, input: string, shape: number[], calls: number, deadlineMs: number}} plan
 */
async function deadlines({config, model, input, shape, calls, deadlineMs}) {
  const kedge = await createKedge({...config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
  const served = await kedge.model(model);
  const images = Array.from({length: 64}, (_, n) => image(n, shape));
  const data = (/** @type {number} */ n) => /** @type {Float32Array} */ (images[n % images.length]);
  for (let n = 0; n < 3; n++) await served.predict({[input]: {data: data(n), shape}});
  /** @type {number[]} */
  const times = [];
  let answered = 0;
  const ask = async (/** @type {number} */ n) => {
    const began = performance.now();
    const {served: by} = await served
      .predict({[input]: {data: data(n), shape}}, {deadlineMs})
      .catch(() => ({served: undefined}));
    times.push(performance.now() - began);
    if (by?.source === 'model') answered++;
  };
  await Promise.all(Array.from({length: calls}, (_, n) => ask(n)));
  await kedge.close();
  const sorted = ascending(times);
  return {answered, p50: median(times), p99: sorted[Math.floor(calls * 0.99)] ?? NaN, most: sorted.at(-1) ?? NaN};
}

/** Leaves a client that has answered, in one worker or two. @param {{config: any, model: string, input: string, shape: number[], spare: boolean}} plan */
async function hold({config, model, input, shape, spare}) {
  const kedge = await createKedge({...config, spare, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
  const served = await kedge.model(model);
  const ask = () => served.predict({[input]: {data: image(0, shape), shape}});
  await ask();
  if (spare) await untilSpare(kedge, model, ask);
  for (let n = 0; n < 5; n++) await Promise.all(Array.from({length: 32}, ask));
}

Object.assign(globalThis, {throughput, deadlines, hold});
