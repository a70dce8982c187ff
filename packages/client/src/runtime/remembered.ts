import {fetchMs, within} from './within.js';

/**
 * The same promise for the same key, unless it was rejected: the next call then tries anew.
 *
 * @param make resolves in the time that files may take
 */
export function remembered<K, V>(make: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const made = new Map<K, Promise<V>>();
  return key => {
    const known = made.get(key);
    if (known) return known;
    const promise = within(fetchMs, make(key));
    made.set(key, promise);
    promise.catch(() => made.delete(key));
    return promise;
  };
}
