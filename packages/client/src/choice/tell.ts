import type {KedgeError} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Measured} from './measure.js';
import type {Candidate} from './rank.js';

/** The times side by side, where there is more than one. */
export function tell({journal, loaded}: Measured, candidates: readonly Candidate[]): void {
  const tried = candidates.filter(({golden}) => golden !== 'not_run');
  if (tried.length < 2) return;
  for (const {provider, medianMs} of tried)
    if (medianMs !== null) journal.metric('kedge.warmMs', medianMs, {...loaded, provider});
}

/** Why one is out, and where its numbers are wrong, by how much. */
export function tellFailure({journal, loaded}: Measured, provider: ExecutionProvider, error: KedgeError): void {
  if (error.code !== 'closed') journal.failed(error.code, {...loaded, provider});
  const off = offBy(error);
  if (off !== undefined) journal.metric('kedge.goldenOff', off, {...loaded, provider});
}

/** How far the first wrong golden output was off, as the error says it. */
function offBy(error: KedgeError): number | undefined {
  if (error.code !== 'golden_mismatch') return undefined;
  const [, want, have] = /expected (\S+), got ([^\s;]+)/.exec(error.message) ?? [];
  const off = Math.abs(Number(have) - Number(want));
  return Number.isFinite(off) ? off : undefined;
}
