import type {Tensors} from '../src/runtime/runtime.js';

interface Asked {
  id?: string;
  path?: string[];
  argumentList?: {value: Tensors}[];
}

type Post = (message: unknown, transfer: Transferable[]) => void;

/** How many rows of `x` each run has that is asked of the worker from now on. */
export function rowsOfRuns(worker: Worker): number[] {
  const rows: number[] = [];
  watch(worker, ({path, argumentList}) => {
    if (path?.[0] === 'run') rows.push(argumentList![1]!.value.x!.shape[0]!);
  });
  return rows;
}

/** Resolves when the worker has tried which batches of rows are right. */
export function batchesTried(worker: Worker): Promise<void> {
  return new Promise(resolve => {
    watch(worker, ({id, path}) => {
      if (path?.[0] !== 'batches') return;
      worker.addEventListener('message', ({data}: MessageEvent<Asked>) => data.id === id && resolve());
    });
  });
}

function watch(worker: Worker, on: (asked: Asked) => void): void {
  const post = worker.postMessage.bind(worker) as Post;
  worker.postMessage = (message: Asked, transfer: unknown) => {
    on(message);
    post(message, transfer as Transferable[]);
  };
}
