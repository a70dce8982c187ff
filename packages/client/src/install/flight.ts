import type {Progress} from '../api.js';
import {tellTabs} from '../channel.js';
import {realm} from '../realm.js';
import type {Store} from '../store/store.js';
import {exclusively} from '../worker/locks.js';

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
        tellTabs(channel, progress);
        onProgress(progress);
      });
    };
    return await inTurn(name, options, lead, () => waits.begin());
  } finally {
    waits.end();
    channel?.close();
  }
}

/** `work` while no other tab, or process, is at what has this name. @throws as `inOneFlight` */
export async function inTurn<T>(
  name: string,
  {signal, store}: Pick<FlightOptions, 'signal' | 'store'>,
  work: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  const disk = await store();
  // Web Locks do not reach the other processes that share a folder.
  if (disk.kind === 'memory' || (realm.locks && disk.kind !== 'file')) return exclusively(name, signal, work, onWait);
  const lease = await import('../lease.js').catch(() => undefined);
  return lease ? lease.leased(name, disk, signal, work, onWait) : work();
}

/** What a tab tells while another one works. */
class Waiting {
  readonly #tell: (progress: Progress) => void;
  #waits = false;

  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell;
  }

  begin(): void {
    this.#waits = true;
    this.#tell({state: 'waiting', reason: 'other_tab', retryInMs: null});
  }

  relay(progress: Progress): void {
    if (this.#waits) this.#tell(progress);
  }

  end(): void {
    this.#waits = false;
  }
}
