/** Node's ports keep a process alive. */
interface Port extends MessagePort {
  unref?(): void;
}

/** Does what it is given after the present task, once for each, whatever is asked of it meanwhile. A timer would take milliseconds. */
export function onceATask(): (work: () => void) => void {
  const {port1, port2} = new MessageChannel();
  let next: (() => void) | undefined;
  port1.onmessage = () => {
    const work = next;
    next = undefined;
    work?.();
  };
  (port1 as Port).unref?.();
  return work => {
    if (!next) port2.postMessage(null);
    next = work;
  };
}
