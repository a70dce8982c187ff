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

const distinct = 64;

/** So many images in turn. @param {number[]} shape */
function imagesOf(shape) {
  const images = Array.from({length: distinct}, (_, n) => image(n, shape));
  return (/** @type {number} */ n) => /** @type {Float32Array} */ (images[n % distinct]);
}

/** A worker written by hand that has the model. @param {string} blob */
async function bareRuntime(blob) {
  const bare = bareClient(new Worker(new URL('./bare-wasm-worker.js', import.meta.url), {type: 'module'}));
  await bare({model: new Uint8Array(await (await fetch(blob)).arrayBuffer())});
  return bare;
}

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
  const bare = await bareRuntime(blob);
  const data = imagesOf(shape);
  const runs = {
    kedge: (/** @type {number} */ n) => served.predict({[input]: data(n)}),
    bare: (/** @type {number} */ n) => bare({name: input, data: data(n), shape}),
  };
  if (spare) await untilSpare(kedge, model, () => runs.kedge(0));
  const wrong = await different(runs, distinct, served.manifest?.outputs[0]?.name ?? '');
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

/** NaN and both zeros too; one value more or less is another answer. @param {Float32Array} a @param {Float32Array} b */
function sameBits(a, b) {
  const [x, y] = [a, b].map(each => new Uint32Array(each.buffer, each.byteOffset, each.length));
  return x?.length === y?.length && x?.every((bits, i) => bits === y?.[i]);
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
      if (!sameBits(answers[n].outputs[output].data, data)) wrong++;
    }
  }
  return wrong;
}

/**
 * How long after its call each of many at once is settled, and how many are answered by the model in time; beside a worker
 * written by hand, in turns: what it answers in time of as many at once, and what a call takes of it when it is asked one after
 * another. Each burst has a new client, as each visit does, which knows what earlier ones have noted on the device.
 *
 * @param {{config: any, model: string, blob: string, input: string, shape: number[], rounds: number, calls: number, deadlineMs: number}} plan
 */
async function deadlines({config, model, blob, input, shape, rounds, calls, deadlineMs}) {
  const bare = await bareRuntime(blob);
  const data = imagesOf(shape);
  const askBare = (/** @type {number} */ n) => bare({name: input, data: data(n), shape}).then(() => true);
  /** @type {Record<'oneByOne' | 'bare' | 'kedge', Settled[][]>} */
  const found = {oneByOne: [], bare: [], kedge: []};
  for (let round = -1; round < rounds; round++) {
    const oneByOne = [];
    for (let n = 0; n < bareCalls; n++) oneByOne.push(await timed(n, askBare));
    const atOnce = await burst(calls, askBare);
    const kedge = await clientBurst({config, model, deadlineMs}, calls, n => ({[input]: {data: data(n), shape}}));
    // The first one only warms the browser up.
    if (round < 0) continue;
    found.oneByOne.push(oneByOne);
    found.bare.push(atOnce);
    found.kedge.push(kedge);
  }
  const settled = ascending(found.kedge.flat().map(({ms}) => ms));
  const bareSettled = ascending(found.bare.flat().map(({ms}) => ms));
  const issueMs = (/** @type {Settled[][]} */ bursts) => median(bursts.map(calls => calls[0]?.freeMs ?? NaN));
  const inTime = (/** @type {Settled[]} */ calls) =>
    calls.filter(({ms, answered}) => answered && ms <= deadlineMs).length;
  return {
    answered: median(found.kedge.map(calls => calls.filter(({answered}) => answered).length)),
    bareAnswered: median(found.bare.map(inTime)),
    bareMs: median(found.oneByOne.flat().map(({ms}) => ms)),
    p99: p99(settled),
    bareP99: p99(bareSettled),
    most: settled.at(-1) ?? NaN,
    issueMs: issueMs(found.kedge),
    bareIssueMs: issueMs(found.bare),
  };
}

const bareCalls = 100;

/** @param {number[]} ascending */
const p99 = ascending => ascending[Math.floor(ascending.length * 0.99)] ?? NaN;

/** After how long, and after how long the page had made all calls of the burst. @typedef {{ms: number, answered: boolean, freeMs: number}} Settled */

/** @param {number} n @param {(n: number) => Promise<boolean>} ask whether it was answered @param {{at: number}} free when the page is */
async function timed(n, ask, free = {at: 0}) {
  const began = performance.now();
  const answered = await ask(n);
  return {ms: performance.now() - began, answered, freeMs: free.at - began};
}

/** @param {number} calls @param {(n: number) => Promise<boolean>} ask */
async function burst(calls, ask) {
  // What was left behind to be collected is not a part of it.
  await new Promise(resolve => setTimeout(resolve, 1000));
  const free = {at: 0};
  const settled = Array.from({length: calls}, (_, n) => timed(n, ask, free));
  free.at = performance.now();
  return Promise.all(settled);
}

/** Of a client that has answered a few. @param {{config: any, model: string, deadlineMs: number}} plan @param {number} calls @param {(n: number) => any} inputs */
async function clientBurst({config, model, deadlineMs}, calls, inputs) {
  const kedge = await createKedge({...config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
  const served = await kedge.model(model);
  for (let n = 0; n < 3; n++) await served.predict(inputs(n));
  const ask = (/** @type {number} */ n) =>
    served.predict(inputs(n), {deadlineMs}).then(
      answer => answer.served.source === 'model',
      () => false,
    );
  const settled = await burst(calls, ask);
  await kedge.close();
  return settled;
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
