import {flightName} from '../names.js';
import {randomId} from '../random-id.js';
import {realm} from '../realm.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

/** What a page is at that may end it, noted in localStorage until it is over. */
export interface Flight {
  id: string;
  stage: 'start' | 'first run';
  digest: string;
  provider: ExecutionProvider;
  at: number;
}

/** Refused or full: a tab that dies then leaves no word. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** The flights of this page. Those that other pages did not end are found by dead.ts. */
export class Flights {
  readonly #open = new Map<() => void, () => void>();

  constructor() {
    // A page that goes on purpose, or is put aside, did not die of it.
    globalThis.addEventListener?.('pagehide', () => {
      for (const land of this.#open.keys()) land();
    });
    globalThis.addEventListener?.('visibilitychange', () => {
      for (const note of this.#open.values()) note();
    });
  }

  /** @returns ends it; safe to call twice */
  begin(flight: Omit<Flight, 'id' | 'at'>): () => void {
    const id = randomId();
    const name = flightName + id;
    const text = JSON.stringify({...flight, id, at: Date.now()});
    const remove = () => localStorage.removeItem(name);
    // A page that nobody sees is frozen and ended by the browser as it likes: its end says nothing.
    const note = () => void quietly(() => (document.hidden ? remove() : localStorage.setItem(name, text)));
    let end!: () => void;
    const ended = new Promise<void>(resolve => (end = resolve));
    const land = () => {
      this.#open.delete(land);
      quietly(remove);
      end();
    };
    this.#open.set(land, note);
    realm.locks?.request(name, () => ended).catch(() => {});
    note();
    return land;
  }
}

/** Whether any page has noted anything, this one or one that died. */
export const areNoted = () => quietly(() => Object.keys(window.localStorage).some(name => name.startsWith(flightName)));
