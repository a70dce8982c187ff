import type {Marked} from './lost.js';

/** In a page's localStorage, which Chromium does not evict together with IndexedDB. Outside of pages one may be there that belongs to the program, whatever its folder. */
export const markerKey = 'kedge:stored';

/** What this device had at the last look; empty on a first visit, and where the page may keep nothing. */
export function readMarker(): Marked[] {
  try {
    const marked = JSON.parse(window.localStorage.getItem(markerKey) ?? '[]') as unknown;
    return Array.isArray(marked) ? marked.filter(isMarked) : [];
  } catch {
    return [];
  }
}

export function writeMarker(marked: readonly Marked[]): void {
  try {
    if (marked.length === 0) window.localStorage.removeItem(markerKey);
    else window.localStorage.setItem(markerKey, JSON.stringify(marked));
  } catch {
    // Refused or full: an eviction then looks like a first visit.
  }
}

function isMarked(value: unknown): value is Marked {
  const {digest, model, version, bytes} = (value ?? {}) as Partial<Record<keyof Marked, unknown>>;
  return [digest, model, version].every(text => typeof text === 'string') && typeof bytes === 'number';
}
