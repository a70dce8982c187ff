const databaseName = 'kedge';

export interface StoredOnDevice {
  /** What each chunk is named, and what its bytes really hash to. */
  chunks: {name: string; sha256: string; bytes: number}[];
  catalog: {digest: string; version: string; state: string; chunks: string[]}[];
}

const settled = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });

/** Undefined when there is none: looking must not make one. */
async function open(): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(databaseName);
  request.onupgradeneeded = () => request.transaction!.abort();
  try {
    const db = await settled(request);
    if (db.objectStoreNames.contains('chunks')) return db;
    db.close();
  } catch {
    // Aborted just now.
  }
  return undefined;
}

/** Names a file in which many chunks lie, each of which says where. */
const isPack = (key: string) => key.startsWith('pack:');

interface Place {
  in: string;
  at: number;
  end: number;
}

/** `pack:kedge/1f3a` is the file `1f3a` of this folder. */
const packFolder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(`${databaseName}.packs`);

const packFile = async (key: string) => (await packFolder()).getFileHandle(key.slice(key.lastIndexOf('/') + 1));

/** A chunk's is what lies at its place. */
async function valueIn(db: IDBDatabase, name: string, key: string): Promise<unknown> {
  const store = db.transaction(name).objectStore(name);
  const value = (await settled(store.get(key))) as Partial<Place> | undefined;
  if (name !== 'chunks' || value?.in === undefined) return value;
  const pack = await packFile(value.in).catch(() => undefined);
  return (await pack?.getFile())?.slice(value.at, value.end) ?? new Blob();
}

/** The store may keep bytes as it likes; only their digest counts. Those that can't be read are none. */
async function bytesOf(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (value instanceof Blob) return new Uint8Array(await value.arrayBuffer().catch(() => new ArrayBuffer(0)));
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array<ArrayBuffer>);
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
}

interface CatalogRecord {
  digest: string;
  state: string;
  manifest: {version: string; artifacts: {chunks: {sha256: string}[]}[]};
}

async function read(): Promise<StoredOnDevice> {
  const db = await open();
  if (!db) return {chunks: [], catalog: []};
  try {
    return await readFrom(db);
  } finally {
    db.close();
  }
}

async function readFrom(db: IDBDatabase): Promise<StoredOnDevice> {
  const names = (await settled(db.transaction('chunks').objectStore('chunks').getAllKeys())) as string[];
  const chunks = [];
  // One after the other: together they would be the whole model in memory.
  for (const name of names) {
    const bytes = await bytesOf(await valueIn(db, 'chunks', name));
    chunks.push({name, sha256: await hash(bytes), bytes: bytes.length});
  }
  const records = (await settled(db.transaction('catalog').objectStore('catalog').getAll())) as CatalogRecord[];
  const catalog = records.map(({digest, state, manifest: {version, artifacts}}) => ({
    digest,
    version,
    state,
    chunks: artifacts.flatMap(artifact => artifact.chunks.map(({sha256}) => sha256)),
  }));
  return {chunks, catalog};
}

/** Changes what is stored, as a failing disk or another program would. */
async function change(store: string, key: string, to: (value: unknown) => Promise<unknown>): Promise<void> {
  const db = (await open())!;
  const before = await valueIn(db, store, key);
  if (before === undefined) throw new Error(`${store} has no ${key}`);
  const value = await to(before);
  const tx = db.transaction(store, 'readwrite');
  if (value === undefined) await settled(tx.objectStore(store).delete(key));
  else await settled(tx.objectStore(store).put(value, key));
  db.close();
}

let held: IDBDatabase | undefined;

const probe = {
  read,
  databases: async () => (await indexedDB.databases()).map(({name}) => name),
  removeChunk: (key: string) => change('chunks', key, async () => undefined),
  /** One bit of a stored chunk turns over. */
  rotChunk: (key: string) =>
    change('chunks', key, async value => {
      const bytes = (await bytesOf(value)).slice();
      bytes[bytes.length >> 1]! ^= 1;
      return bytes.buffer;
    }),
  /** Once a file of the folder is being written; false where none is for half a minute. */
  packing: async () => {
    for (let tries = 0; tries < 1500; tries++) {
      const folder = await packFolder().catch(() => undefined);
      for await (const name of folder?.keys() ?? []) return !!name;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    return false;
  },
  databaseVersion: async () => {
    const databases = await indexedDB.databases();
    return databases.find(({name}) => name === databaseName)?.version;
  },
  packs: async () => {
    const db = (await open())!;
    const keys = (await settled(db.transaction('settings').objectStore('settings').getAllKeys())) as string[];
    db.close();
    return keys.filter(isPack).length;
  },
  /** The same, where it lies among others. */
  async rotPacked(key: string) {
    const db = (await open())!;
    const place = (await settled(db.transaction('chunks').objectStore('chunks').get(key))) as Place;
    db.close();
    const file = await packFile(place.in);
    const bytes = await bytesOf(await file.getFile());
    bytes[(place.at + place.end) >> 1]! ^= 1;
    const writing = await file.createWritable();
    await writing.write(bytes);
    await writing.close();
  },
  async losePacks() {
    const folder = await packFolder();
    const files: string[] = [];
    for await (const file of folder.keys()) files.push(file);
    if (files.length === 0) throw new Error('there is no file of packed chunks');
    for (const file of files) await folder.removeEntry(file);
  },
  shortenChunk: (key: string) => change('chunks', key, async value => (await bytesOf(value)).slice(0, 100).buffer),
  removeRecord: (key: string) => change('catalog', key, async () => undefined),
  /** Deletes it as another program would; resolves also while somebody holds it open. */
  deleteDatabase: () =>
    new Promise<string>(resolve => {
      const request = indexedDB.deleteDatabase(databaseName);
      request.onsuccess = () => resolve('done');
      request.onblocked = () => resolve('blocked');
      request.onerror = () => resolve('failed');
    }),
  /** Opens the database in a version that this client does not know, and closes it again. */
  async upgradeDatabase(version: number) {
    const request = indexedDB.open(databaseName, version);
    (await settled(request)).close();
    return 'done';
  },
  /** Holds the database open and answers no one who wants it closed. */
  async holdDatabase() {
    held = await open();
    return held !== undefined;
  },
  /** By the connection that is held: a new one would wait for a deletion, and that for the held one. */
  readHeld: () => readFrom(held!),
};

export type Probe = typeof probe;

Object.assign(globalThis, {probe});
