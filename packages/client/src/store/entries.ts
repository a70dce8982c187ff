import {type CatalogRecord, fromStored} from './record.js';

/** Records read at once: a catalog full of junk must not fill the memory. */
const pageLength = 256;

export function recordUnder(key: string, value: unknown): CatalogRecord | undefined {
  const record = fromStored(value);
  return record?.digest === key ? record : undefined;
}

interface Readable {
  getAllKeys(range: IDBKeyRange | null, count: number): Promise<string[]>;
  getAll(range: IDBKeyRange | null, count: number): Promise<unknown[]>;
}

/** Every entry of a store, page by page. */
async function* entries(store: Readable): AsyncGenerator<[string, unknown]> {
  let range: IDBKeyRange | null = null;
  for (;;) {
    const [keys, values]: [string[], unknown[]] = await Promise.all([
      store.getAllKeys(range, pageLength),
      store.getAll(range, pageLength),
    ]);
    yield* keys.map((key, i): [string, unknown] => [key, values[i]]);
    if (keys.length < pageLength) return;
    range = IDBKeyRange.lowerBound(keys.at(-1), true);
  }
}

/** Every record that reads. @param read `recordUnder` @param onJunk told the key of each other entry */
export async function readAll(
  catalog: Readable,
  read: typeof recordUnder,
  onJunk?: (key: string) => void,
): Promise<CatalogRecord[]> {
  const records: CatalogRecord[] = [];
  for await (const [key, value] of entries(catalog)) {
    const record = read(key, value);
    if (record) records.push(record);
    else onJunk?.(key);
  }
  return records;
}
