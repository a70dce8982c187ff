import type {Consent, Kedge, TelemetryState} from '@kedge/client';
import {byName, setText} from '../dom.js';
import {formatCount} from '../format.js';
import {problemOf} from '../problems.js';
import {consent, keepConsent} from '../settings.js';

const choices: readonly Consent[] = ['off', 'counts', 'events'];

/** The consent question. Off until the visitor chooses; the choice is remembered. */
export function prepareConsent(onChange: (value: Consent) => void): void {
  byName<HTMLInputElement>(`consent-${consent()}`).checked = true;
  for (const choice of choices)
    byName(`consent-${choice}`).addEventListener('change', () => {
      keepConsent(choice);
      onChange(choice);
    });
}

let shownAt = 0;

/** What is shown carries when it was asked for (`data-asked-at`, ms since the page began), and never gives way to an older answer. */
export async function showTelling(kedge: Kedge): Promise<void> {
  const askedAt = performance.now();
  const state = await kedge.telemetry();
  if (askedAt < shownAt) return;
  shownAt = askedAt;
  showState(state);
  byName('waiting').dataset['askedAt'] = String(askedAt);
}

function showState({waiting, delivered, dropped, lastError}: TelemetryState): void {
  setText('waiting', formatCount(waiting));
  setText('delivered', formatCount(delivered));
  setText('dropped', formatCount(dropped));
  const error = lastError && problemOf(lastError);
  setText('telemetry-error', error ? `Not sent yet (${error.code}): ${error.what} It is tried again by itself.` : '');
  byName<HTMLButtonElement>('flush').disabled = waiting === 0;
}
