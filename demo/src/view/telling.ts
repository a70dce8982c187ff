import type {Consent, Kedge} from '@kedge/client';
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

export async function showTelling(kedge: Kedge): Promise<void> {
  const {waiting, delivered, dropped, lastError} = await kedge.telemetry();
  setText('waiting', formatCount(waiting));
  setText('delivered', formatCount(delivered));
  setText('dropped', formatCount(dropped));
  const error = lastError && problemOf(lastError);
  setText('telemetry-error', error ? `Not sent yet (${error.code}): ${error.what} It is tried again by itself.` : '');
  byName<HTMLButtonElement>('flush').disabled = waiting === 0;
}
