import type {IDBPDatabase} from 'idb';
import {expect} from 'vitest';
import {inDatabase} from './database.js';

/** The choice of `scale` as it is in the store. */
export interface StoredChoice {
  where: string;
  value: {at: number; gpu: string; tries?: number};
}

/** The choice as it is stored, once it is, and changed as told: it is written behind what is measured. */
export async function storedChoice(change: (note: StoredChoice) => void = () => {}): Promise<StoredChoice> {
  return inDatabase(async database => {
    await expect.poll(() => keyOf(database), {timeout: 10_000}).toBeDefined();
    const key = (await keyOf(database))!;
    const note = (await database.get('settings', key)) as StoredChoice;
    change(note);
    await database.put('settings', note, key);
    return note;
  });
}

/** Resolves once what was measured then is what the next visit finds: a client that is closed earlier takes it along. */
export async function kept(measuredAt: number | null): Promise<void> {
  // Read only: what is written back could undo what is written meanwhile.
  const at = () =>
    inDatabase(async database => {
      const note = (await database.get('settings', (await keyOf(database)) ?? '')) as StoredChoice | undefined;
      return note?.value.at;
    });
  await expect.poll(at).toBe(measuredAt);
}

async function keyOf(database: IDBPDatabase): Promise<string | undefined> {
  return ((await database.getAllKeys('settings')) as string[]).find(key => key.endsWith('|choice'));
}
