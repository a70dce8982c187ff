/** A worker that fails as a whole answers nobody: whoever waits is told. @param {Worker} worker */
export function bareClient(worker) {
  let next = 1;
  /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
  const pending = new Map();
  worker.addEventListener('message', ({data}) => {
    pending.get(data.id)?.resolve(data);
    pending.delete(data.id);
  });
  worker.addEventListener('error', ({message}) => {
    for (const {reject} of pending.values()) reject(new Error(`the bare worker: ${message}`));
  });
  return (/** @type {object} */ message) =>
    new Promise((resolve, reject) => {
      const id = next++;
      pending.set(id, {resolve, reject});
      worker.postMessage({id, ...message});
    });
}
