// A thread whose session dies once of each of two inputs.
import {existsSync, writeFileSync} from 'node:fs';
import {workerData} from 'node:worker_threads';
import {serveThread} from '@kedge/client/node';
import {onnxRuntime} from '@kedge/client/runtime';

const runtime = onnxRuntime({module: () => import('onnxruntime-node')});

/** Whether it happens for the first time. @param {string} what */
function once(what) {
  const mark = `${workerData.directory}/${what}`;
  const first = !existsSync(mark);
  if (first) writeFileSync(mark, '');
  return first;
}

/** @param {import('@kedge/client/runtime').Session} session @returns {import('@kedge/client/runtime').Session} */
const faulty = session => ({
  release: () => session.release(),
  turns: session.turns,
  compute: inputs => session.compute(inputs),
  async run(inputs) {
    const [first] = inputs.image?.data ?? [];
    if (first === 0.5 && once('exit')) process.exit(3);
    if (first === 0.25 && once('throw')) {
      setTimeout(() => {
        throw new Error('thrown in the thread');
      });
      await new Promise(() => {});
    }
    return session.run(inputs);
  },
});

serveThread({...runtime, load: async (...args) => faulty(await runtime.load(...args))});
