import {createKedge} from '../src/client.js';
import type {Kedge, KedgeOptions} from '../src/api.js';
import {onnx} from '../src/onnx/index.js';
import {handBinaries} from './binaries.js';
import {deleteDB} from 'idb';
import {databaseName, outboxName} from '../src/names.js';
import {markerKey} from '../src/store/marker.js';
import type {TestRegistry} from './registry.js';

export const createWorker = (): Worker =>
  handBinaries(new Worker(new URL('./warm-worker.ts', import.meta.url), {type: 'module'}));

const open = new Set<Kedge>();

/** A client of the test registry, in a real worker; closed by `closeAll`. */
export async function client(registry: TestRegistry, options: Partial<KedgeOptions> = {}): Promise<Kedge> {
  const kedge = await createKedge({
    registry: registry.url,
    channel: 'prod',
    trustedKeys: registry.trustedKeys,
    runtimes: [onnx({createWorker})],
    unitId: 'unit-1',
    ...options,
  });
  open.add(kedge);
  return kedge;
}

/** Leaves the browser as a first visit finds it. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map(kedge => kedge.close()));
  open.clear();
  await Promise.all([deleteDB(databaseName), deleteDB(outboxName)]);
  // Else the next visit finds that the browser evicted what was stored.
  localStorage.removeItem(markerKey);
}
