// Ends what a thread is at in native code, in the way that is asked for. Prints a JSON line of what became of it.
import {setTimeout as pause} from 'node:timers/promises';
import {isKedgeError} from '@kedge/client/node';
import {digit} from '../../examples/digit.mjs';
import {open} from './open.mjs';

const way = process.argv[5] ?? '';

/** @param {Promise<import('@kedge/client').Prediction>} prediction */
const settled = prediction =>
  prediction.then(
    ({served}) => served.source,
    error => (isKedgeError(error) ? error.code : error.name),
  );

const kedge = await open();
const digits = await kedge.model('digits');

// A run of half a second and more.
const rows = 2000;
const image = new Float32Array(784 * rows);
for (let i = 0; i < rows; i++) image.set(digit.pixels, i * 784);

/** @type {Record<string, () => Promise<unknown>>} */
const ways = {
  async close() {
    const running = settled(digits.predict({image}));
    await pause(50);
    await kedge.close();
    return {running: await running};
  },
  async terminate() {
    const stop = new AbortController();
    const running = settled(digits.predict({image}, {signal: stop.signal, terminate: true}));
    await pause(50);
    stop.abort();
    const {outputs, served} = await digits.predict({image: digit.pixels});
    const {data} = /** @type {{data: Float32Array}} */ (outputs.scores);
    await kedge.close();
    return {running: await running, next: served.source, answer: data.indexOf(Math.max(...data))};
  },
  async exit() {
    void settled(digits.predict({image}));
    await pause(50);
    console.log(JSON.stringify({ended: {}}));
    process.exit();
  },
  async start() {
    await kedge.close();
    const starting = [];
    for (let ms = 0; ms <= 400; ms += 40) {
      const next = await open();
      starting.push(
        next.model('wide').then(
          () => 'started',
          error => error.code,
        ),
      );
      await pause(ms);
      await next.close();
    }
    return {starting: [...new Set(await Promise.all(starting))].sort()};
  },
};
const ended = await ways[way]?.();
await pause(100);
const left = process.getActiveResourcesInfo().filter(name => name !== 'PipeWrap');
console.log(JSON.stringify({ended, left}));
