/** @param {Worker} worker */
export function bareClient(worker) {
  let next = 1;
  /** @type {Map<number, (answer: any) => void>} */
  const pending = new Map();
  worker.addEventListener('message', ({data}) => {
    pending.get(data.id)?.(data);
    pending.delete(data.id);
  });
  return (/** @type {object} */ message) =>
    new Promise(resolve => {
      const id = next++;
      pending.set(id, resolve);
      worker.postMessage({id, ...message});
    });
}
