import {quietly} from '../healing/flights.js';
import {flightName} from '../names.js';
import {removePacks, soon} from './pack-file.js';

/** Another tab may be reading one. */
const withinMs = 5000;

/** What a page has beside its databases: packs, once its workers have ended, and what pages that died were at, which names versions. */
export async function removeRest(databaseName: string): Promise<void> {
  quietly(() => {
    for (const name of Object.keys(localStorage)) if (name.startsWith(flightName)) localStorage.removeItem(name);
  });
  await soon(() => removePacks(databaseName), withinMs);
}
