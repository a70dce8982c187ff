import type {Choice} from '../choice/chosen.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {engineKey} from '../store/golden.js';
import type {Host} from '../worker/host.js';
import {type Crashes, isLooping, readCrashes, withCrash} from './crashes.js';

/** How a version fares on this device, under one version of the runtime and the browser. */
interface Note {
  /** The runtime's version and the browser. */
  where: string;
  crashes: Crashes;
  choice: Choice | undefined;
}

/** Notes of versions: read once for each page, written behind what goes on. */
export class Notes {
  readonly #reading = new Map<string, {host: Host; done: Promise<void>}>();
  readonly #notes = new Map<string, Note>();

  /** @param provider of the runtime, to tell its version by */
  read(digest: string, host: Host, provider: ExecutionProvider): Promise<void> {
    const reading = this.#reading.get(digest);
    // Read before it was known which runtime it is for.
    if (reading?.host === host) return reading.done;
    const done = this.#read(digest, host, provider);
    this.#reading.set(digest, {host, done});
    return done;
  }

  /** Never rejects: a device that can't be asked now is asked again by the next start. */
  async #read(digest: string, host: Host, provider: ExecutionProvider): Promise<void> {
    try {
      this.#notes.set(digest, await recall(digest, host, provider));
    } catch {
      this.#reading.delete(digest);
    }
  }

  isLooping(digest: string, provider: ExecutionProvider): boolean {
    return isLooping(this.#of(digest).crashes[provider], Date.now());
  }

  crash(digest: string, host: Host, provider: ExecutionProvider, died: boolean): void {
    const crashes = withCrash(this.#of(digest).crashes, provider, {at: Date.now(), died});
    this.#write(digest, host, {crashes});
  }

  choice(digest: string): Choice | undefined {
    return this.#of(digest).choice;
  }

  /** @param host undefined: it holds for this page only */
  choose(digest: string, host: Host | undefined, choice: Choice): void {
    this.#write(digest, host, {choice});
  }

  #of(digest: string): Note {
    return this.#notes.get(digest) ?? unknown;
  }

  #write(digest: string, host: Host | undefined, change: {crashes: Crashes} | {choice: Choice}): void {
    const note = {...this.#of(digest), ...change};
    this.#notes.set(digest, note);
    // Nobody knows where it holds.
    if (!note.where || !host) return;
    const about = 'crashes' in change ? 'crashes' : 'choice';
    const value = {where: note.where, value: note[about]};
    // By the next worker, where this one is about to be ended for it.
    Promise.resolve()
      .then(() => host.remember(engineKey(digest, about), value))
      .catch(() => {});
  }
}

const unknown: Note = {where: '', crashes: {}, choice: undefined};

/** What was noted under other circumstances does not count. */
async function recall(digest: string, host: Host, provider: ExecutionProvider): Promise<Note> {
  const read = async (about: 'crashes' | 'choice') => {
    const [noted, where] = await host.recall(engineKey(digest, about), provider);
    const {where: then, value} = (noted ?? {}) as {where?: string; value?: unknown};
    return {where, value: then === where ? value : undefined};
  };
  const [crashes, choice] = await Promise.all([read('crashes'), read('choice')]);
  return {where: crashes.where, crashes: readCrashes(crashes.value), choice: readChoice(choice.value)};
}

/** What else is in it, who explains it looks at. */
function readChoice(value: unknown): Choice | undefined {
  const {provider, gpu, at} = (value ?? {}) as Partial<Choice>;
  return provider && typeof gpu === 'string' && typeof at === 'number' ? (value as Choice) : undefined;
}
