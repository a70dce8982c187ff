import type {KedgeError} from '@kedge/core';
import type {Consent} from '../api.js';

/** What is known of telemetry on this device. */
export interface TelemetryState {
  consent: Consent;
  /** Events that wait on this device. */
  waiting: number;
  delivered: number;
  dropped: number;
  /** Why the newest attempt to send failed. */
  lastError: KedgeError | null;
}
