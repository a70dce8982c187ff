import {Cancelled} from '../exit.js';

/** Aborted by Ctrl+C and by SIGTERM, so that the command can end its work and give the terminal back. */
export function cancelSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    // Once: whoever presses it again means it.
    process.once(name, () => controller.abort(new Cancelled()));
  return controller.signal;
}
