import type {Progress} from '../api.js';
import type {Store} from '../store/store.js';
import {exclusively} from '../worker/locks.js';

/** A lock that is free is had sooner. */
const patienceMs = 50;

export interface FlightOptions {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  store(): Promise<Store>;
}

/**
 * Work that one tab does while the others wait and are told how far it is. When that tab goes, whatever the reason, the next
 * one takes over.
 *
 * @param work tells its progress here and in the other tabs
 * @throws what `work` throws; the signal's reason
 */
export async function inOneFlight<T>(
  name: string,
  options: FlightOptions,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const {onProgress} = options;
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
  const waits = new Waiting(onProgress);
  channel?.addEventListener('message', ({data}: MessageEvent<Progress>) => waits.relay(data));
  try {
    const lead = () => {
      waits.end();
      return work(progress => {
        channel?.postMessage(progress);
        onProgress(progress);
      });
    };
    return await inTurn(name, options, lead);
  } finally {
    waits.end();
    channel?.close();
  }
}

async function inTurn<T>(name: string, {signal, store}: FlightOptions, work: () => Promise<T>): Promise<T> {
  const disk = await store();
  if (navigator.locks || disk.kind !== 'indexeddb') return exclusively(name, signal, work);
  const lease = await import('../lease.js').catch(() => undefined);
  return lease ? lease.leased(name, disk, signal, work) : work();
}

/** What a tab tells while another one works. */
class Waiting {
  readonly #tell: (progress: Progress) => void;
  readonly #timer = setTimeout(() => this.#begin(), patienceMs);
  #state: 'new' | 'waiting' | 'ended' = 'new';

  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell;
  }

  relay(progress: Progress): void {
    this.#begin();
    if (this.#state === 'waiting') this.#tell(progress);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#state = 'ended';
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'waiting';
    this.#tell({state: 'waiting', reason: 'other_tab', retryInMs: null});
  }
}
