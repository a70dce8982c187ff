import {delay} from '../delay.js';
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

/** Another tab's note may be here before its lock, or for a moment after it: a note so young is looked at twice. */
const youngMs = 5000;
const lookAgainMs = 250;

/** An entry for each, so that tabs do not write over each other's. The lock that a living page holds has the same name. */
function read(): Flight[] {
  const entries = quietly(() => Object.entries(localStorage)) ?? [];
  return entries
    .filter(([name]) => name.startsWith(flightName))
    .map(([, text]) => quietly(() => JSON.parse(text as string) as unknown))
    .filter(isFlight);
}

/** Refused or full: a tab that dies then leaves no word. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const remove = (id: string) => quietly(() => localStorage.removeItem(flightName + id));

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
    let end!: () => void;
    const ended = new Promise<void>(resolve => (end = resolve));
    const land = () => {
      this.#open.delete(id);
      remove(id);
      end();
    };
    this.#open.set(id, land);
    realm.locks?.request(flightName + id, () => ended).catch(() => {});
    quietly(() => localStorage.setItem(flightName + id, JSON.stringify({...flight, id, at: Date.now()})));
    return land;
  }

  /** Those whose page is gone; they are told once. */
  async takeDead(): Promise<Flight[]> {
    let dead = await withoutPage();
    if (dead.some(({at}) => Date.now() - at < youngMs)) {
      await delay(lookAgainMs);
      const still = new Set((await withoutPage()).map(({id}) => id));
      dead = dead.filter(({id}) => still.has(id));
    }
    for (const {id} of dead) remove(id);
    return dead;
  }
}

async function withoutPage(): Promise<Flight[]> {
  const found = read();
  // Without locks nobody can tell a page that died from one that is at it.
  const locks = found.length > 0 && (await realm.locks?.query().catch(() => undefined));
  if (!locks) return [];
  const alive = new Set(locks.held?.map(({name}) => name));
  return found.filter(({id}) => !alive.has(flightName + id));
}
