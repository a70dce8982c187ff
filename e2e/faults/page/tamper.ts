/** What is wrong with this device. Travels in the worker's name, so that it holds before the client's first line runs. */
export interface Tamper {
  /** The clock is wrong by so much. */
  clockOffsetMs?: number;
  /** A browser mode without IndexedDB. */
  noIndexedDb?: boolean;
  /** A browser without Web Locks. */
  noLocks?: boolean;
  /** The quota is spent after so many chunks. */
  fullAfterChunks?: number;
  /** What the browser says is left for this origin, whatever is. */
  estimateSays?: number;
  /** Every write to one of these object stores is refused as if the disk were full. */
  fullStores?: readonly string[];
  /** The worker ends when the page says so: with an error that nobody catches, or without a word. */
  mortal?: boolean;
  /** Bytes that it takes from connections are counted; whoever asks on `readsChannel` is told. */
  countsReads?: boolean;
}

/** Here every realm tells what it has met of what is wrong, once. */
export const metChannel = 'met';
export const mortalChannel = 'mortal';
export const readsChannel = 'reads';

const met = new Set<keyof Tamper>();

/** The client ran into it: what was tried is no longer a sound device. */
function meet(wrong: keyof Tamper): void {
  if (met.has(wrong)) return;
  met.add(wrong);
  const channel = new BroadcastChannel(metChannel);
  channel.postMessage(wrong);
  channel.close();
}

/** What has no effect of its own until somebody asks for it, or is told by who does it. */
const quiet: readonly (keyof Tamper)[] = ['mortal', 'countsReads'];

/** What of it the client has to run into. */
export const toMeet = (wrong: Tamper = {}): (keyof Tamper)[] =>
  (Object.keys(wrong) as (keyof Tamper)[]).filter(one => !quiet.includes(one));

/** The realm lacks it. */
function lack(owner: object, property: string, wrong: keyof Tamper): void {
  const get = () => void meet(wrong);
  Object.defineProperty(owner, property, {get});
}

/** Makes the realm it runs in such a device. Everything else stays real. */
export function tamper({
  clockOffsetMs = 0,
  noIndexedDb,
  noLocks,
  fullAfterChunks,
  estimateSays,
  fullStores = [],
  mortal,
  countsReads,
}: Tamper): void {
  if (clockOffsetMs !== 0) shiftClock(clockOffsetMs);
  if (noIndexedDb) lack(globalThis, 'indexedDB', 'noIndexedDb');
  if (noLocks) lack(navigator, 'locks', 'noLocks');
  if (estimateSays !== undefined) promise(estimateSays);
  if (fullAfterChunks !== undefined) refuse(['chunks'], fullAfterChunks, 'fullAfterChunks');
  if (fullStores.length > 0) refuse(fullStores, 0, 'fullStores');
  if (mortal && !('document' in globalThis)) becomeMortal();
  if (countsReads && !('document' in globalThis)) countReads();
}

/** Into a buffer of the client's own too, where the browser can. */
const readers = [globalThis.ReadableStreamDefaultReader, globalThis.ReadableStreamBYOBReader].filter(Boolean);

/** What the server handed to the system may lie in buffers for good; this is what the client took. */
function countReads(): void {
  let bytes = 0;
  for (const {prototype} of readers) {
    const read = prototype.read as (...args: unknown[]) => Promise<ReadableStreamReadResult<unknown>>;
    prototype.read = async function (...args: unknown[]) {
      const result = await read.apply(this, args);
      if (result.value instanceof Uint8Array) bytes += result.value.length;
      return result as ReadableStreamReadResult<never>;
    };
  }
  const channel = new BroadcastChannel(readsChannel);
  channel.addEventListener('message', ({data}) => data === 'how many' && channel.postMessage(bytes));
}

function promise(quota: number): void {
  StorageManager.prototype.estimate = async () => {
    meet('estimateSays');
    return {quota, usage: 0};
  };
}

function becomeMortal(): void {
  new BroadcastChannel(mortalChannel).addEventListener('message', ({data}) => {
    if (data !== 'silently' && data !== 'loudly') return;
    meet('mortal');
    if (data === 'silently') close();
    else
      setTimeout(() => {
        throw new Error('the worker was killed');
      });
  });
}

function shiftClock(offsetMs: number): void {
  const Real = Date;
  const now = () => {
    meet('clockOffsetMs');
    return Real.now() + offsetMs;
  };
  const Shifted = function (this: unknown, ...args: [number]) {
    return new.target ? new Real(...(args.length > 0 ? args : ([now()] as [number]))) : new Real(now()).toString();
  };
  Object.defineProperties(Shifted, {...Object.getOwnPropertyDescriptors(Real), now: {value: now}});
  globalThis.Date = Shifted as unknown as DateConstructor;
}

/** As browsers refuse it: the write is taken, and its transaction fails. */
function spend(transaction: IDBTransaction): void {
  const error = new DOMException('The quota is spent.', 'QuotaExceededError');
  Object.defineProperty(transaction, 'error', {value: error, configurable: true});
  transaction.abort();
}

function refuse(stores: readonly string[], after: number, wrong: keyof Tamper): void {
  let left = after;
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
    const request = put.call(this, value, key);
    if (!stores.includes(this.name) || left-- > 0) return request;
    meet(wrong);
    request.addEventListener('success', () => spend(this.transaction));
    return request;
  };
}
