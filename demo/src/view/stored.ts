import type {StorageReport} from '@kedge/client';
import {formatBytes, formatTime} from '../format.js';

type Version = StorageReport['versions'][number];
type Eviction = StorageReport['evictions'][number];

const states: Record<Version['state'], string> = {
  downloading: 'being fetched',
  verified: 'every byte verified, not tested here yet',
  tested: 'tested on this device',
  active: 'serves',
  retired: 'kept, so that going back needs no download',
  failed: 'failed',
};

const reasons: Record<Eviction['reason'], string> = {
  budget: 'to keep within this page’s budget',
  quota: 'to make room within the browser’s quota',
  replaced: 'as a newer version had replaced it',
  given_up: 'as nobody went on with its download',
  revoked: 'as the operator had revoked it',
  browser: 'by the browser',
};

/** One stored version: its size, what it does here, and since when. */
export function wordsForVersion({model, version, variant, bytes, state, code, verifiedAt}: Version): string {
  const name = [model, version, variant].filter(Boolean).join(' ');
  const why = code ? ` (${code})` : '';
  const since = verifiedAt === null ? '' : `; verified ${formatTime(verifiedAt)}`;
  return `${name}: ${formatBytes(bytes)}, ${states[state]}${why}${since}`;
}

export function wordsForEviction({model, version, bytes, at, reason}: Eviction): string {
  return `${model} ${version} was removed ${formatTime(at)} ${reasons[reason]}: ${formatBytes(bytes)} freed`;
}

/** What the browser took, while nobody looked; undefined when all is there. */
export function wordsForLost(lost: StorageReport['lost']): string | undefined {
  if (!lost) return undefined;
  const what = lost.everything ? 'everything that was stored here' : lost.versions.map(nameOf).join(', ');
  return `The browser had removed ${what}. It is fetched again when it is needed.`;
}

const nameOf = ({model, version}: {model: string; version: string}) => `${model} ${version}`;

/** Where the runtime's binary is kept. @param pageBytes in the page's own cache. @param modelBytes among the models' files, which count it */
export function wordsForRuntime(pageBytes: number, modelBytes: number): string {
  const places = [
    ...(modelBytes > 0 ? [`${formatBytes(modelBytes)} of the models’ bytes`] : []),
    ...(pageBytes > 0 ? [`${formatBytes(pageBytes)} beside the page`] : []),
  ];
  return places.join(', and ') || 'nothing stored';
}
