import type {Consent} from '@kedge/client';

const keys = {unit: 'kedge-demo-unit', consent: 'kedge-demo-consent', agreed: 'kedge-demo-agreed'} as const;

/** For this visit only, where the browser keeps nothing for us. */
const memory = new Map<string, string>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is blocked: the choice holds until the page is closed.
  }
}

/** This visitor's random name; made at the first visit. */
export function unitId(): string {
  return read(keys.unit) ?? newUnitId();
}

/** Another random name: another draw from the experiment. */
export function newUnitId(): string {
  const id = crypto.randomUUID();
  write(keys.unit, id);
  return id;
}

/** Off until the visitor chooses. */
export function consent(): Consent {
  const stored = read(keys.consent);
  return stored === 'counts' || stored === 'events' ? stored : 'off';
}

export function keepConsent(value: Consent): void {
  write(keys.consent, value);
}

/** Whether the visitor has asked for the model; before that, nothing is downloaded or installed. */
export function hasAgreed(): boolean {
  return read(keys.agreed) === 'yes';
}

export function keepAgreement(): void {
  write(keys.agreed, 'yes');
}

export function withdrawAgreement(): void {
  write(keys.agreed, 'no');
}

export function forgetSettings(): void {
  memory.clear();
  try {
    for (const key of Object.values(keys)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
