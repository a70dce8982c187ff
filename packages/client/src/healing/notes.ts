import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Host} from '../worker/host.js';
import {type Crashes, isLooping, readCrashes, withCrash} from './crashes.js';

/** What this device remembers of a version, for this browser and version of the runtime. */
interface Note {
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
    host.remember(digest, provider, {crashes}).catch(() => {});
  }
}

/** A device that can't be asked remembers nothing. */
async function recall(digest: string, host: Host, provider: ExecutionProvider, signal: AbortSignal): Promise<Note> {
  const value = (await host.recall(digest, provider, {signal}).catch(() => undefined)) as Partial<Note> | undefined;
  return {crashes: readCrashes(value?.crashes)};
}
