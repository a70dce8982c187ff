// Types only: this file must stay one classic script, and what it shares with the page comes in the plan.
import type {RuntimeProgress, Settled} from './plan.js';

/** The part of the service worker's scope that is used; TypeScript's libraries for pages and workers exclude each other. */
interface ServiceWorkerScope {
  clients: {claim(): Promise<void>; matchAll(): Promise<{postMessage(message: RuntimeProgress): void}[]>};
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ExtendableEvent & MessageEvent<unknown>) => void): void;
}
interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = self as unknown as ServiceWorkerScope;
const plan = __OFFLINE_PLAN__;
/** Never ours: Kedge verifies and stores models itself, and sends its own events. */
const foreign = /^\/(blobs|manifests|channels|v1|report|healthz)(\/|$)/;
const config = '/config.json';
const writing = new Set<Promise<unknown>>();

scope.addEventListener('install', event => event.waitUntil(fill()));
scope.addEventListener('activate', event => event.waitUntil(tidy().then(() => scope.clients.claim())));
scope.addEventListener('message', event => {
  if (event.data === 'settle') event.waitUntil(settle().then(settled => event.ports[0]?.postMessage(settled)));
});
scope.addEventListener('fetch', event => {
  const {request} = event;
  const {origin, pathname} = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin || foreign.test(pathname)) return;
  if (request.mode === 'navigate') event.respondWith(networkFirst(request, '/'));
  else if (pathname === config) event.respondWith(networkFirst(request, config));
  else if (pathname.startsWith('/assets/')) event.respondWith(cacheFirst(event, pathname));
});

/** A file that an older version of the page already holds has a hash in its name, and is copied, not fetched again. */
async function fill(): Promise<void> {
  const cache = await caches.open(plan.cacheName);
  const add = async (path: string) => {
    const held = path.startsWith('/assets/') ? await caches.match(path) : undefined;
    await (held ? cache.put(path, held) : cache.add(new Request(path, {cache: 'no-cache'})));
  };
  await Promise.all([...plan.precache, config].map(add));
  const used = await usedBefore();
  for (const {path} of plan.onUse) {
    // Of onnxruntime's binary Kedge's own store has a copy most often: it is kept here only when the page asks for it again.
    if (path.endsWith('.wasm') && !path.startsWith('/assets/tfjs-')) continue;
    if (used.has(stem(path))) await add(path);
  }
}

const stem = (path: string) => path.replace(/-[\w-]{8}\.(\w+)$/, '.$1');

/** Files that an older version of the page used, without their hashes: this one will need its own forms of them, offline too. */
async function usedBefore(): Promise<Set<string>> {
  const names = (await caches.keys()).filter(name => name.startsWith(plan.cachePrefix));
  const requests = await Promise.all(names.map(async name => (await caches.open(name)).keys()));
  return new Set(requests.flat().map(({url}) => stem(new URL(url).pathname)));
}

async function tidy(): Promise<void> {
  for (const name of await caches.keys())
    if (name.startsWith(plan.cachePrefix) && name !== plan.cacheName) await caches.delete(name);
}

/** The page is kept as it was installed, so that it and its scripts always fit together; only the configuration is renewed. */
async function networkFirst(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(plan.cacheName);
  try {
    // A request that can't succeed would only be an error in the console.
    if (!navigator.onLine) throw new Error('offline');
    const answer = await fetch(request);
    if (path === config && answer.ok) await cache.put(path, answer.clone());
    if (answer.status < 500) return answer;
  } catch {
    // No network: what is kept answers below.
  }
  const held = await cache.match(path);
  return held ? marked(held) : Response.error();
}

function marked(held: Response): Response {
  const headers = new Headers(held.headers);
  headers.set(plan.fromCacheHeader, '1');
  return new Response(held.body, {status: held.status, headers});
}

async function cacheFirst(event: FetchEvent, path: string): Promise<Response> {
  const cache = await caches.open(plan.cacheName);
  const held = await cache.match(path);
  if (held) return held;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(cache, path, answer.clone()));
  return answer;
}

function keep(cache: Cache, path: string, answer: Response): Promise<void> {
  const work = cache.put(path, path.endsWith('.wasm') ? counted(path, answer) : answer);
  writing.add(work);
  return work.catch(() => {}).then(() => void writing.delete(work));
}

/** The same answer, whose bytes are told to the page as they pass. */
function counted(path: string, answer: Response): Response {
  const totalBytes = plan.onUse.find(file => file.path === path)?.bytes ?? 0;
  let loadedBytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      loadedBytes += piece.byteLength;
      void tell({type: 'runtime-progress', loadedBytes, totalBytes});
      controller.enqueue(piece);
    },
  });
  // Length and encoding are those of the wire; what is kept is decoded.
  const type = answer.headers.get('Content-Type') ?? 'application/octet-stream';
  return new Response(answer.body?.pipeThrough(counter), {headers: {'Content-Type': type}});
}

async function tell(message: RuntimeProgress): Promise<void> {
  for (const client of await scope.clients.matchAll()) client.postMessage(message);
}

async function settle(): Promise<Settled> {
  await Promise.allSettled(writing);
  const cache = await caches.open(plan.cacheName);
  const has = async (path: string) => (await cache.match(path)) !== undefined;
  const shell = await Promise.all([...plan.precache, config].map(has));
  const runtimes = await Promise.all(
    plan.onUse.filter(({path}) => path.endsWith('.wasm')).map(async file => ((await has(file.path)) ? file.bytes : 0)),
  );
  const bytes = runtimes.reduce((sum, size) => sum + size, 0);
  return {complete: shell.every(Boolean), bytes};
}
