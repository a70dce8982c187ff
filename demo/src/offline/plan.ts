/** What the service worker keeps. Paths begin with a slash. */
export interface OfflinePlan {
  cachePrefix: string;
  fromCacheHeader: string;
  /** Named after the content of all files. */
  cacheName: string;
  /** Fetched when it is installed. */
  precache: readonly string[];
  /** Kept when the page first fetches them. */
  onUse: readonly {path: string; bytes: number}[];
}

/** Told to the page while the runtime is on its way. */
export interface RuntimeProgress {
  type: 'runtime-progress';
  loadedBytes: number;
  totalBytes: number;
}

/** Answers `settle`: paths that are in the cache, after every write that was under way. */
export interface Settled {
  /** Everything that the page needs, apart from the runtime. */
  complete: boolean;
  /** Of runtimes that the page brought; one that the model's version pins is in Kedge's own store. */
  bytes: number;
}

export const cachePrefix = 'kedge-demo-';
/** On an answer from the cache because the server could not be reached. */
export const fromCacheHeader = 'x-kedge-demo-from-cache';
