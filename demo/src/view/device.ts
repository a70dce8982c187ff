import type {Kedge, StorageReport} from '@kedge/client';
import {byName, make, setText, show} from '../dom.js';
import {formatBytes} from '../format.js';
import {type OfflineState, offlineState} from '../offline/offline.js';
import {wordsForEviction, wordsForLost, wordsForVersion} from './stored.js';

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

/** Says “yes” only after the service worker has finished writing, and holds the page and a runtime. */
export async function showOffline(hasModel: boolean): Promise<void> {
  const {state, runtimeBytes} = await offlineState();
  const shown = state === 'complete' && !hasModel ? 'incomplete' : state;
  setText('offline', offlineWords[shown]);
  byName('offline').dataset['offline'] = shown;
  setText('stored-runtime', runtimeBytes > 0 ? formatBytes(runtimeBytes) : 'nothing stored');
}
