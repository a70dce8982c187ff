import {KedgeError} from '@kedge/core';
import type {Runtime, Session, Tensors} from '../src/runtime/runtime.js';
import {serveWorker} from '../src/worker/serve.js';
import type {Faulty} from './faults.js';

const faulty: Faulty = {};
const devices: {destroy(): void}[] = [];
keepDevices();

const page = new BroadcastChannel(self.name);
const ready = new Promise<void>(resolve => {
  page.onmessage = ({
    data,
  }: MessageEvent<'begun' | 'destroy' | number | {faulty: Faulty; turn: number} | {heard: number}>) => {
    if (data === 'destroy') for (const device of devices) device.destroy();
    // What other workers tell the page comes here as well.
    if (typeof data !== 'object' || !('faulty' in data)) return;
    Object.assign(faulty, data.faulty);
    page.postMessage({heard: data.turn});
    resolve();
  };
});
page.postMessage('begun');

/** 'slow 400' takes 400 ms. */
async function slowed(kind: string | null | undefined): Promise<void> {
  if (kind?.startsWith('slow')) await new Promise(resolve => setTimeout(resolve, Number(kind.slice(5)) || 50));
}

function strike(kind: string | null | undefined): void {
  if (kind === 'die') self.close();
  if (kind === 'crash') reportError(new Error('crashed on request'));
  if (kind === 'loop') for (;;);
  // 'busy 10' holds the worker for 10 ms.
  if (kind?.startsWith('busy')) for (const end = performance.now() + Number(kind.slice(5)); performance.now() < end;);
  if (kind === 'memory') throw new RangeError('Array buffer allocation failed');
  if (kind === 'exhaust') exhaust();
  if (kind === 'trap') throw new KedgeError('runtime_unavailable', 'onnxruntime stopped working: unreachable');
}

/** Real: more than this browser gives one array. */
function exhaust(): never {
  const held: Float64Array[] = [];
  for (;;) held.push(new Float64Array(2 ** 33));
}

/** A realm that trapped computes nothing any more. */
let trapped = false;

/** 'many trap' befalls runs of more than two rows. */
function kindOf(said: string | null | undefined, {x}: Tensors): string | null | undefined {
  if (said === 'many trap' && x!.shape[0]! > 2) trapped = true;
  if (trapped) return 'trap';
  return said?.startsWith('many ') ? (x!.shape[0]! > 2 ? said.slice(5) : null) : said;
}

const never = new Promise<never>(() => {});

/** Makes this the worker of apps, whose runtime fails on request: see faults.ts. */
export function serveFaulty(runtime: Runtime): void {
  serveWorker({
    ...runtime,
    load: async (manifest, files, provider) => {
      await ready;
      const kind = faulty[`load ${provider}`];
      await slowed(kind);
      strike(kind);
      if (kind === 'die' || kind === 'crash') await never;
      if (kind === 'poison') throw new KedgeError('runtime_unavailable', "previous call to 'initWasm()' failed");
      const session = await runtime.load(manifest, files, provider);
      page.postMessage(1);
      return new Faults(session, provider);
    },
  });
}

class Faults implements Session {
  readonly #session: Session;
  readonly #provider: string;
  /** What 'same' answers for ever. */
  #first: Tensors | undefined;

  constructor(session: Session, provider: string) {
    this.#session = session;
    this.#provider = provider;
  }

  get turns() {
    return this.#session.turns;
  }

  async run(inputs: Tensors) {
    return this.#faulty(inputs, () => this.#session.run(inputs));
  }

  async compute(inputs: Tensors) {
    return this.#faulty(inputs, () => this.#session.compute(inputs));
  }

  async #faulty(inputs: Tensors, run: () => Promise<Tensors>) {
    const kind = kindOf(faulty[`run ${this.#provider}`], inputs);
    await slowed(kind);
    strike(kind);
    if (kind === 'die' || kind === 'crash') await never;
    const outputs = await run();
    if (kind === 'double')
      for (const {data} of Object.values(outputs)) data.set(data.map(value => (2 * Number(value)) as never) as never);
    if (kind === 'same') return structuredClone((this.#first ??= outputs));
    if (kind === 'nan') for (const {data} of Object.values(outputs)) data.fill(NaN as never);
    return outputs;
  }

  async release() {
    await this.#session.release();
    page.postMessage(-1);
  }
}

function keepDevices(): void {
  if (!('GPUAdapter' in globalThis)) return;

  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...args) {
    const device = await request.apply(this, args);
    devices.push(device);
    return device;
  };
}
