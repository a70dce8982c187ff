import {cachePrefix, type RuntimeProgress, type Settled} from './plan.js';

/** Where this page stands without a network. */
export type OfflineState = 'unsupported' | 'absent' | 'incomplete' | 'complete';

const file = '/sw.js';
/** A worker that is stopped in the middle never answers. */
const settleTimeoutMs = 60_000;

/** The development server has no `sw.js`; a page that is not from a secure origin may have none. */
export const offlineSupported = import.meta.env.PROD && 'serviceWorker' in navigator;

/** Installs the service worker, and waits until it sees what the page and its workers fetch. */
export async function installOffline(onRuntime: (progress: RuntimeProgress) => void): Promise<void> {
  if (!offlineSupported) return;
  const {serviceWorker} = navigator;
  serviceWorker.onmessage = ({data}: MessageEvent<RuntimeProgress>) => onRuntime(data);
  const controlled = new Promise<void>(resolve => {
    serviceWorker.addEventListener('controllerchange', () => resolve(), {once: true});
  });
  const registering = serviceWorker.register(file);
  if (serviceWorker.controller) {
    // Only looks for a newer one, which takes over when this page is closed; offline it finds nothing.
    registering.catch(() => {});
    return;
  }
  const registration = await registering;
  if (registration.active) return; // A forced reload is not controlled, by the platform's rule.
  await Promise.race([controlled, failed(registration)]);
}

function failed(registration: ServiceWorkerRegistration): Promise<never> {
  return new Promise((_, reject) => {
    const worker = registration.installing ?? registration.waiting;
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'redundant') reject(new Error('the service worker could not be installed'));
    });
  });
}

/** Asks the service worker, which first finishes what it is writing. */
export async function offlineState(): Promise<{state: OfflineState; runtimeBytes: number}> {
  if (!offlineSupported) return {state: 'unsupported', runtimeBytes: 0};
  const worker = (await navigator.serviceWorker.getRegistration())?.active;
  if (!worker) return {state: 'absent', runtimeBytes: 0};
  const {complete, bytes} = await ask(worker);
  return {state: complete ? 'complete' : 'incomplete', runtimeBytes: bytes};
}

function ask(worker: ServiceWorker): Promise<Settled> {
  return new Promise(resolve => {
    const {port1, port2} = new MessageChannel();
    const timer = setTimeout(() => resolve({complete: false, bytes: 0}), settleTimeoutMs);
    port1.onmessage = ({data}: MessageEvent<Settled>) => {
      clearTimeout(timer);
      port1.close();
      resolve(data);
    };
    worker.postMessage('settle', [port2]);
  });
}

export async function forgetOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  for (const name of await caches.keys()) if (name.startsWith(cachePrefix)) await caches.delete(name);
}
