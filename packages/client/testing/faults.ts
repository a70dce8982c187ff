import {onnx} from '../src/onnx/index.js';
import {handBinaries} from './binaries.js';
import {tfjs} from '../src/tfjs/index.js';
import type {ExecutionProvider} from '../src/runtime/runtime.js';

/** What happens at the next `load wasm`, `run webgpu` and so on, until it is said otherwise. */
export type Faulty = Record<string, string | null>;

const kinds = {
  onnx: {
    descriptor: onnx,
    start: (name: string) =>
      handBinaries(new Worker(new URL('./faulty-worker.ts', import.meta.url), {type: 'module', name})),
  },
  tfjs: {
    descriptor: tfjs,
    start: (name: string) => new Worker(new URL('./faulty-tfjs-worker.ts', import.meta.url), {type: 'module', name}),
  },
};

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** A runtime whose workers fail as told; `workers` are all that were started. */
export function faultyRuntime(
  faulty: Faulty = {},
  providers: ExecutionProvider[] = ['wasm'],
  kind: keyof typeof kinds = 'onnx',
) {
  const name = `kedge-faults-${crypto.randomUUID()}`;
  const channel = new BroadcastChannel(name);
  let open = 0;
  let heard = () => {};
  let turn = 0;
  // A worker asks when it begins, says when it has heard, and tells of each session that it opens or ends.
  channel.onmessage = ({data}: MessageEvent<'begun' | {heard: number} | number>) => {
    if (data === 'begun') channel.postMessage({faulty, turn});
    else if (typeof data === 'number') open += data;
    else if (data.heard === turn) heard();
  };
  const workers: Worker[] = [];
  const alive = new Set<Worker>();
  const createWorker = () => {
    const worker = kinds[kind].start(name);
    workers.push(worker);
    alive.add(worker);
    const end = worker.terminate.bind(worker);
    worker.terminate = () => {
      alive.delete(worker);
      end();
    };
    return worker;
  };
  let mayHang = false;
  /** Resolves when the workers that are there have heard it, unless they are busy. */
  const says = async (change: Faulty) => {
    mayHang ||= Object.values(faulty).some(kind => /loop|die/.test(kind ?? ''));
    const one = new Promise<void>(resolve => (heard = resolve));
    channel.postMessage({faulty: Object.assign(faulty, change), turn: ++turn});
    // One that is at a run without end never hears it; one that is compiling does, seconds later where a machine is slow. The others
    // have as long as the first needed, and 50 ms.
    if (alive.size > 0) await Promise.race([one, pause(mayHang ? 1500 : 10_000)]);
    await pause(50);
  };
  const destroyDevices = () => channel.postMessage('destroy');
  /** Sessions that are open, in workers that were not ended. */
  const sessions = () => open;
  return {workers, says, destroyDevices, sessions, runtime: kinds[kind].descriptor({createWorker, providers})};
}
