import {flightLock} from '../names.js';
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

const key = 'kedge:flight';

function read(): Flight[] {
  try {
    const flights = JSON.parse(localStorage.getItem(key) ?? '[]') as unknown;
    return Array.isArray(flights) ? flights.filter(isFlight) : [];
  } catch {
    return [];
  }
}

function write(flights: readonly Flight[]): void {
  try {
    if (flights.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(flights));
  } catch {
    // Refused or full: a tab that dies then leaves no word.
  }
}

function isFlight(value: unknown): value is Flight {
  const {id, stage, digest, provider, at} = (value ?? {}) as Partial<Record<keyof Flight, unknown>>;
  return [id, stage, digest, provider].every(text => typeof text === 'string') && typeof at === 'number';
}

/** The flights of this page, and those that other pages did not end. */
export class Flights {
  readonly #open = new Map<string, () => void>();

  constructor() {
    // A page that goes on purpose, or is put aside, did not die of it.
    globalThis.addEventListener?.('pagehide', () => {
      for (const land of [...this.#open.values()]) land();
    });
  }

  /** @returns ends it; safe to call twice */
  begin(flight: Omit<Flight, 'id' | 'at'>): () => void {
    const id = randomId();
    const ended = new AbortController();
    const land = () => {
      if (!this.#open.delete(id)) return;
      write(read().filter(other => other.id !== id));
      ended.abort();
    };
    this.#open.set(id, land);
    hold(flightLock + id, ended.signal);
    write([...read(), {...flight, id, at: Date.now()}]);
    return land;
  }

  /** Those whose page is gone; they are told once. */
  async takeDead(): Promise<Flight[]> {
    const found = read();
    if (found.length === 0) return [];
    const alive = await heldLocks();
    // Without locks nobody can tell a page that died from one that is at it.
    const dead = alive ? found.filter(({id}) => !alive.has(flightLock + id)) : [];
    write(read().filter(({id}) => !dead.some(flight => flight.id === id)));
    return dead;
  }
}

function hold(name: string, signal: AbortSignal): void {
  const until = () => new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
  realm.locks?.request(name, () => (signal.aborted ? undefined : until())).catch(() => {});
}

async function heldLocks(): Promise<Set<string | undefined> | undefined> {
  try {
    const {held = []} = await realm.locks!.query();
    return new Set(held.map(({name}) => name));
  } catch {
    return undefined;
  }
}
