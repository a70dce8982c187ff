import {fromBase64} from '@kedge/core';

/** What the client keeps of the runtime's image: worker/images.ts. */
interface About {
  state: 'new' | 'proven' | 'failed';
  functions?: Uint8Array;
  trapped?: boolean;
}

/** Undefined where there is none. Read as anyone may read a page's IndexedDB: the client has no door to it. */
export async function aboutImage(): Promise<About | undefined> {
  const opened = await settled(indexedDB.open('kedge'));
  try {
    const settings = opened.transaction('settings').objectStore('settings');
    return (await settled(settings.get('runtime-image:onnx|wasm|about'))) as About | undefined;
  } finally {
    opened.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error!);
  });
}

/** Whether the kept binary has all of these functions. */
export function hasAll({functions}: About, lists: readonly string[]): boolean {
  return lists.every(list => fromBase64(list)!.every((bits, i) => (bits & ~(functions?.[i] ?? 0)) === 0));
}
