import {onnxRuntime} from '../src/onnx/runtime.js';
import type {Runtime, Session, Tensors} from '../src/runtime/runtime.js';
import {serveWorker} from '../src/worker/serve.js';
import {faultAt} from './fault-at.js';
import {ortGiven} from './given-binaries.js';

const runtime: Runtime = onnxRuntime(ortGiven);

/** What the first number of an input says, see `faultAt`. */
async function strike({x}: Tensors): Promise<void> {
  const first = Number(x?.data[0]);
  if (first === faultAt.loop) for (;;);
  if (first !== faultAt.crash) return;
  reportError(new Error('crashed on request'));
  await new Promise(() => {});
}

class Struck implements Session {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get turns() {
    return this.#session.turns;
  }

  async run(inputs: Tensors) {
    await strike(inputs);
    return this.#session.run(inputs);
  }

  async compute(inputs: Tensors) {
    await strike(inputs);
    return this.#session.compute(inputs);
  }

  release() {
    return this.#session.release();
  }
}

serveWorker({...runtime, load: async (...args) => new Struck(await runtime.load(...args))});
