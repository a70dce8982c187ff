import {expect} from 'vitest';
import {inDatabase} from './database.js';

/** The choice of `scale` as it is in the store. */
export interface StoredChoice {
  where: string;
  value: {at: number; gpu: string; tries?: number};
}

/** The choice as it is stored, once it is, and changed as told: it is written behind what is measured. */
export async function storedChoice(change: (note: StoredChoice) => void = () => {}): Promise<StoredChoice> {
  let note: StoredChoice | undefined;
  await inDatabase(async database => {
    const find = async () => ((await database.getAllKeys('settings')) as string[]).find(key => key.endsWith('|choice'));
    await expect.poll(find, {timeout: 10_000}).toBeDefined();
    const key = (await find())!;
    note = (await database.get('settings', key)) as StoredChoice;
    change(note);
    await database.put('settings', note, key);
  });
  return note!;
}

/** Resolves once what was measured then is what the next visit finds: a client that is closed earlier takes it along. */
export async function kept(measuredAt: number | null): Promise<void> {
  await expect.poll(async () => (await readChoice())?.value.at).toBe(measuredAt);
}

function readChoice(): Promise<StoredChoice | undefined> {
  return inDatabase(async database => {
    const keys = (await database.getAllKeys('settings')) as string[];
    const key = keys.find(key => key.endsWith('|choice'));
    return key === undefined ? undefined : ((await database.get('settings', key)) as StoredChoice);
  });
}
