import {type Chunk} from '@kedge/core';
import {installName} from '../names.js';
import {realm} from '../realm.js';
import {namesHeld} from '../store/lock.js';
import {chunksOf} from '../store/record.js';
import type {Store} from '../store/store.js';
import {inTurn} from './flight.js';

/**
 * Within a budget room is made for one after the other, in all tabs: what was promised to one, the next one has to count.
 *
 * @param id address of the version, or of the file, that comes
 * @param work is given the chunks of what others fetch now
 * @throws what `work` throws; the signal's reason while it waits for its turn
 */
export function besideOthers(
  id: string,
  disk: Store,
  signal: AbortSignal,
  work: (others: readonly Chunk[]) => Promise<void>,
): Promise<void> {
  const turn = {signal, store: disk};
  return inTurn(
    'kedge:room',
    turn,
    async () => work(await comingBeside(id, disk)),
    () => {},
  );
}

/** A download that ended midway takes no room that nobody needs: what it has stored counts as stored. */
async function comingBeside(id: string, disk: Store): Promise<Chunk[]> {
  const held = new Set(await namesHeld(installName));
  const byLease = !realm.locks || disk.kind === 'file';
  const isLeased = async (other: string) => (await disk.getSetting(`lease:${installName}${other}`)) !== undefined;
  const isFetched = (other: string) => held.has(other) || (byLease && isLeased(other));
  const named = (await disk.records()).flatMap(({digest, state, manifest}) => [
    ...(state === 'downloading' ? [{sha256: digest, chunks: chunksOf(manifest)}] : []),
    ...(manifest.runtime.files ?? []),
  ]);
  const coming = await Promise.all(
    named.map(async ({sha256, chunks}) => (sha256 !== id && (await isFetched(sha256)) ? chunks : [])),
  );
  return coming.flat();
}
