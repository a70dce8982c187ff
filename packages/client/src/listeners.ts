/** Who is told of what happens, by the event's name. `Events` says what each of them carries. */
export class Listeners<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(detail: never) => void>>();

  /** @returns stops telling this listener; safe to call twice */
  on<Name extends keyof Events>(event: Name, listener: (detail: Events[Name]) => void): () => void {
    if (typeof listener !== 'function') throw new TypeError(`on(${String(event)}): the listener must be a function`);
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    // Its own function, so that one listener that is added twice is told twice and removed one by one.
    const told = (detail: Events[Name]) => listener(detail);
    listeners.add(told);
    return () => void listeners.delete(told);
  }

  /** Tells every listener. One that throws shows as the page's own uncaught error, and keeps nobody from being told. */
  emit<Name extends keyof Events>(event: Name, detail: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])])
      tell(listener as (detail: Events[Name]) => void, detail);
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** What an app's function throws is the app's own uncaught error, and nobody else's. */
export function tell<Detail>(listener: (detail: Detail) => void, detail: Detail): void {
  try {
    listener(detail);
  } catch (error) {
    // Not reportError, which Node has not.
    queueMicrotask(() => {
      throw error;
    });
  }
}
