/**
 * Loaded once something is downloaded: gives up what waits for a network that is off, where something else can answer.
 *
 * @module
 */
import {KedgeError} from '@kedge/core';
import type {Progress} from './api.js';
import {findPrevious} from './healing/previous.js';
import {realm} from './realm.js';
import type {Opening} from './served.js';
import type {Shared} from './shared.js';

export type HasOther = typeof hasOther;

/** Seen twice in a row, a network that is off is no hiccup. Looked for, since a page may learn nothing by events while another tab is at it. */
const lookEveryMs = 2500;

/**
 * @param load to be aborted with KedgeError `network`; aborted by others when it has ended
 * @param mayAnswer whether something else can
 * @returns to be told of its progress
 */
export function watchNetwork(
  load: AbortController,
  mayAnswer: (has: HasOther) => Promise<boolean>,
): (progress: Progress) => void {
  let waits = false;
  let seen = 0;
  const look = async () => {
    seen = waits && realm.onLine === false ? seen + 1 : 0;
    if (seen > 1 && (await mayAnswer(hasOther)))
      load.abort(new KedgeError('network', 'the network is off; what was downloaded is kept, call model() again'));
  };
  const timer = setInterval(() => void look().catch(() => {}), lookEveryMs);
  load.signal.addEventListener('abort', () => clearInterval(timer));
  return ({state}) => (waits = state === 'waiting');
}

/** Whether something on this device answers in place of the assigned version: the one before, or the baseline of a manifest that is here. */
async function hasOther(shared: Shared, {name, digest}: Opening): Promise<boolean> {
  if (await findPrevious(shared, name, digest)) return true;
  return !!(await shared.hosts[0]!.host.manifestOf(digest!))?.baseline;
}
