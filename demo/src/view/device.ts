import type {Kedge, StorageReport} from '@kedge/client';
import {byName, make, setText} from '../dom.js';
import {formatBytes} from '../format.js';
import {type OfflineState, offlineState} from '../offline/offline.js';

const offlineWords: Record<OfflineState, string> = {
  unsupported: 'no: this page has no service worker here',
  absent: 'no',
  incomplete: 'not yet',
  complete: 'yes',
};

/** What is stored on this device, and how large it is. */
export async function showStorage(kedge: Kedge): Promise<void> {
  const report = await kedge.storage();
  const kinds = report.versions.length === 1 ? '1 version' : `${report.versions.length} versions`;
  const place = report.kind === 'indexeddb' ? 'IndexedDB' : 'memory only, gone with this page';
  setText('stored-bytes', `${formatBytes(report.bytes)}, ${kinds}, in ${place}`);
  byName('stored-bytes').dataset['bytes'] = String(report.bytes);
  byName('stored-versions').replaceChildren(...report.versions.map(storedVersion));
}

function storedVersion({model, version, state, bytes}: StorageReport['versions'][number]): HTMLLIElement {
  const item = make('li', '', `${model} ${version}: ${formatBytes(bytes)}, ${state}`);
  item.dataset['state'] = state;
  item.dataset['version'] = version;
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
