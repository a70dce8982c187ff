import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';

/** @param {number[]} numbers */
const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;

/** @typedef {{config: any, model: string, input: string, shape: number[], runs: number}} Plan */

/**
 * A first visit with the client's own choice, or with one execution provider whatever it costs.
 *
 * @param {Plan & {provider?: 'webgpu' | 'wasm'}} plan
 * @returns {Promise<{firstMs: number, warmMs: number, choice: import('@kedge/client').Explanation | null}>} from `createKedge` to the first answer; a later one; what was chosen and why
 */
async function visit({config, model, input, shape, runs, provider}) {
  const began = performance.now();
  // Whatever is slow is measured too: the page asks which one it is, not whether it is worth the time.
  const choice = provider ? {budgetMs: 0} : {budgetMs: 60_000, fastEnoughMs: 0};
  const runtimes = [onnx(provider ? {providers: [provider]} : {})];
  const kedge = await createKedge({...config, runtimes, choice, unitId: 'bench'});
  const served = await kedge.model(model);
  const data = Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => (i % 17) / 17);
  const ask = () => served.predict({[input]: {data, shape}});
  await ask();
  const firstMs = performance.now() - began;
  const explained = provider ? null : await chosen(kedge, model);
  const times = [];
  for (let run = 0; run < runs; run++) {
    const asked = performance.now();
    await ask();
    times.push(performance.now() - asked);
  }
  await kedge.close();
  return {firstMs, warmMs: median(times), choice: explained};
}

/** @param {import('@kedge/client').Kedge} kedge @param {string} model */
async function chosen(kedge, model) {
  const until = performance.now() + 90_000;
  for (;;) {
    const explanation = await kedge.explain(model);
    if (explanation.measuredAt !== null) return explanation;
    if (performance.now() > until) throw new Error(`${model}: nothing was measured within 90 s: ${explanation.why}`);
    await new Promise(done => setTimeout(done, 200));
  }
}

Object.assign(globalThis, {visit});
