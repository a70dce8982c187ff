import type {ExecutionProvider} from '../runtime/runtime.js';
import {engineKey} from '../store/golden.js';
import type {Host} from '../worker/host.js';
import {type Crashes, isLooping, readCrashes, withCrash} from './crashes.js';

/** How a version fares on this device, under one version of the runtime and the browser. */
interface Note {
  /** The runtime's version and the browser. */
  where: string;
  crashes: Crashes;
}

/** Notes of versions: read once for each page, written behind what goes on. */
export class Notes {
  readonly #known = new Map<string, Promise<Note>>();
  readonly #crashes = new Map<string, Crashes>();

  /** @param provider of the runtime, to tell its version by */
  async read(digest: string, host: Host, provider: ExecutionProvider, signal: AbortSignal): Promise<void> {
    if (this.#known.has(digest)) return void (await this.#known.get(digest));
    const reading = recall(digest, host, provider, signal);
    this.#known.set(digest, reading);
    const {crashes} = await reading;
    this.#crashes.set(digest, {...crashes, ...this.#crashes.get(digest)});
  }

  isLooping(digest: string, provider: ExecutionProvider): boolean {
    return isLooping(this.#crashes.get(digest)?.[provider], Date.now());
  }

  crash(digest: string, host: Host, provider: ExecutionProvider, died: boolean): void {
    const crashes = withCrash(this.#crashes.get(digest) ?? {}, provider, {at: Date.now(), died});
    this.#crashes.set(digest, crashes);
    void this.#write(digest, host, {crashes}).catch(() => {});
  }

  async #write(digest: string, host: Host, change: Partial<Note>): Promise<void> {
    const {where} = (await this.#known.get(digest)) ?? {};
    if (where) await host.remember(engineKey(digest), {where, ...change});
  }
}

/** A device that can't be asked remembers nothing, and what was noted elsewhere does not count. */
async function recall(digest: string, host: Host, provider: ExecutionProvider, signal: AbortSignal): Promise<Note> {
  try {
    const [noted, where] = await host.recall(engineKey(digest), provider, {signal});
    const note = (noted ?? {}) as Partial<Note>;
    return {where, crashes: note.where === where ? readCrashes(note.crashes) : {}};
  } catch {
    return {where: '', crashes: {}};
  }
}
