import type {Healing} from '../healing/healing.js';
import type {Journal} from '../journal.js';
import type {Loaded} from '../loader.js';
import {later} from '../worker/later.js';
import type {ExplainOptions} from './options.js';
import {settle} from './settle.js';

/**
 * Measures because the app asks for it, with time for all that can run here.
 *
 * @throws TypeError for options that can't be; the signal's reason, at once; KedgeError `worker_lost`, `closed` where what serves went meanwhile
 */
export async function measureAsked(
  healing: Healing,
  loaded: Loaded,
  journal: Journal,
  {measure: asked = false, budgetMs = 60_000, onProvider, signal}: ExplainOptions = {},
): Promise<void> {
  if (!asked) return;
  if (!(budgetMs > 0)) throw new TypeError(`explain: budgetMs must be a number above 0, got ${String(budgetMs)}`);
  signal?.throwIfAborted();
  const {measure} = await later('choice', import('../choice.js'));
  const what = {loaded, journal, budgetMs, fastEnoughMs: 0, asked: settle, onProvider, signal};
  // What waits for its turn, or for a run of what serves, is left at once as well.
  const options = signal ? {signal} : {};
  await healing.inTime(measure(healing, what), {options, startedMs: performance.now()});
}
