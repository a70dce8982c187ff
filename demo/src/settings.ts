import type {Consent} from '@kedge/client';

const keys = {unit: 'kedge-demo-unit', consent: 'kedge-demo-consent', agreed: 'kedge-demo-agreed'} as const;
const prefix = 'kedge-demo-';

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

const agreedTo = (what: string) => `${keys.agreed}-${what}`;

/** Whether the visitor has asked for these models; before that, nothing of them is downloaded or installed. */
export function hasAgreed(what: string): boolean {
  return read(agreedTo(what)) === 'yes';
}

export function keepAgreement(what: string): void {
  write(agreedTo(what), 'yes');
}

export function withdrawAgreement(what: string): void {
  write(agreedTo(what), 'no');
}

export function forgetSettings(): void {
  memory.clear();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
