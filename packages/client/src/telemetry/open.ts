import {type KedgeError, toKedgeError} from '@kedge/core';
import type {CollectorOptions} from '../api.js';
import type {Telemetry} from './telemetry.js';

/** What the client needs of telemetry. */
export type TelemetryPort = Pick<
  Telemetry,
  'consent' | 'record' | 'countDropped' | 'written' | 'label' | 'flush' | 'state' | 'setConsent' | 'forget' | 'close'
>;

const done = () => Promise.resolve();

/** Tells nobody anything. @param lastError why, where a collector was asked for */
function silent(lastError: KedgeError | null): TelemetryPort {
  let count = 0;
  return {
    consent: 'off',
    record: () => `off.${count++}`,
    countDropped: () => {},
    written: done,
    label: () => {},
    flush: done,
    state: () => Promise.resolve({consent: 'off', waiting: 0, delivered: 0, dropped: 0, lastError}),
    setConsent: done,
    forget: done,
    close: done,
  };
}

/** Telemetry for a collector, fetched only where there is one. Never rejects: a page whose telemetry can't be loaded predicts on. */
export async function openTelemetry(collector: CollectorOptions | undefined): Promise<TelemetryPort> {
  if (!collector) return silent(null);
  try {
    const {Telemetry} = await import('../telemetry.js');
    return new Telemetry(collector);
  } catch (error) {
    return silent(
      toKedgeError(error, 'network', 'telemetry.js of @kedge/client could not be loaded; nothing is recorded'),
    );
  }
}
