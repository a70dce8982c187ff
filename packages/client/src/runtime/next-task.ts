/** By the next task of this realm: what the page asked for meanwhile was heard. On WASM nothing else gives it a chance, since a run there is one task from end to end. */
export function nextTask(): Promise<void> {
  return new Promise(resolve => {
    // Timers wait for four milliseconds once a few came one after another.
    if (typeof MessageChannel === 'undefined') return void setTimeout(resolve);
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
