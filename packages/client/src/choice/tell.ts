import type {KedgeError} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Measured} from './measure.js';
import type {Candidate} from './rank.js';

type Told = Pick<Measured, 'journal' | 'loaded'>;

/** The times side by side, where there is more than one. */
export function tell({journal, loaded}: Measured, candidates: readonly Candidate[]): void {
  const tried = candidates.filter(({golden}) => golden !== 'not_run');
  if (tried.length < 2) return;
  for (const {provider, medianMs} of tried)
    if (medianMs !== null) journal.metric('kedge.warmMs', medianMs, {...loaded, provider});
}

/** Why one is out, and where its numbers are wrong, by how much. */
export function tellFailure(what: Measured, provider: ExecutionProvider, error: KedgeError): void {
  if (error.code !== 'closed') what.journal.failed(error.code, {...what.loaded, provider});
  tellOff(what, provider, error);
}

/** By how much those are wrong that the version was tried on when it was started: that they are was told then. */
export function tellRefused(what: Told): void {
  for (const [error, provider] of what.loaded.refused) tellOff(what, provider, error);
}

function tellOff({journal, loaded}: Told, provider: ExecutionProvider, error: KedgeError): void {
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
