import type {Kedge, Model, StorageReport} from '@kedge/client';
import {byName, make, setText, show} from '../dom.js';
import {formatBytes} from '../format.js';
import {type OfflineState, offlineState} from '../offline/offline.js';
import {wordsForEviction, wordsForLost, wordsForRuntime, wordsForVersion} from './stored.js';

const offlineWords: Record<OfflineState, string> = {
  unsupported: 'no: this page has no service worker here',
  absent: 'no',
  incomplete: 'not yet',
  complete: 'yes',
};

/** How many of the last removals are shown. */
const shownEvictions = 3;

/** What is stored on this device, since when, and what was removed and why. */
export async function showStorage(kedge: Kedge): Promise<void> {
  const report = await kedge.storage();
  const kinds = report.versions.length === 1 ? '1 version' : `${report.versions.length} versions`;
  const place = report.kind === 'indexeddb' ? 'IndexedDB' : 'memory only, gone with this page';
  setText('stored-bytes', `${formatBytes(report.bytes)}, ${kinds}, in ${place}`);
  byName('stored-bytes').dataset['bytes'] = String(report.bytes);
  byName('stored-versions').replaceChildren(...report.versions.map(storedVersion));
  byName('stored-evictions').replaceChildren(
    ...report.evictions.slice(-shownEvictions).map(eviction => make('li', '', wordsForEviction(eviction))),
  );
  showPersisted(report.persisted);
  const lost = wordsForLost(report.lost);
  show('stored-lost', lost !== undefined);
  setText('stored-lost', lost ?? '');
}

export function showPersisted(persisted: boolean): void {
  setText('stored-persisted', persisted ? 'yes, the browser keeps it' : 'as long as the browser has room');
  byName('stored-persisted').dataset['persisted'] = String(persisted);
  show('persist', !persisted);
}

function storedVersion(version: StorageReport['versions'][number]): HTMLLIElement {
  const item = make('li', '', wordsForVersion(version));
  item.dataset['state'] = version.state;
  item.dataset['version'] = version.version;
  return item;
}

/** Of the binary in Kedge's store that the model runs on; 0 when it runs on the page's own. */
function pinnedBytes({manifest, problems, served}: Model): number {
  const name = served.executionProvider === 'webgpu' ? /\.(jspi|asyncify)\.wasm$/ : /threaded\.wasm$/;
  const file = manifest?.runtime.files?.find(({path}) => name.test(path));
  return file && problems.length === 0 ? file.bytes : 0;
}

/** Says “yes” only after the service worker has finished writing the page, and a runtime is stored there or by Kedge. */
export async function showOffline(model: Model): Promise<void> {
  const {state, runtimeBytes: ownBytes} = await offlineState();
  const pinned = pinnedBytes(model);
  const ready = model.served.source !== 'baseline' && ownBytes + pinned > 0;
  const shown = state === 'complete' && !ready ? 'incomplete' : state;
  setText('offline', offlineWords[shown]);
  byName('offline').dataset['offline'] = shown;
  setText('stored-runtime', wordsForRuntime(ownBytes, pinned));
}
