import {labelEvent} from '../label.js';
import {randomId} from '../random-id.js';
import {KedgeError, type KedgeEvent} from '@kedge/core';
import type {CollectorOptions, Consent, Label} from '../api.js';
import {anonymous, nobody} from './anonymous.js';
import type {TelemetryState} from './state.js';
import {outboxName} from '../names.js';
import {realm} from '../realm.js';
import {Courier} from './courier.js';
import {openIndexedDbOutbox} from './indexeddb.js';
import {type Manifests, manifestFor} from './manifest-for.js';
import {MemoryOutbox} from './memory.js';
import type {Group, LedgerEntry, Outbox} from './outbox.js';
import {Recorder} from './recorder.js';
import {maxSealedEvents, type Sender} from './seal.js';
import {UnloadSender} from './unload.js';

const sealDelayMs = 10_000;
const firstDrainMs = 2000;
const ledgerAgeMs = 30 * 86_400_000;
/** Events; about 4 MB in the outbox. */
const maxWaiting = 10_000;

/** Global Privacy Control, https://w3c.github.io/gpc/ */
function defaultConsent(): Consent {
  return (realm as {globalPrivacyControl?: boolean}).globalPrivacyControl ? 'off' : 'events';
}

/** Events from the call to the collector, by consent. Nothing here throws into the app: it degrades and counts. */
export class Telemetry {
  readonly #writeKey: string;
  readonly #outbox: Promise<Outbox>;
  readonly #recorder: Recorder;
  readonly #courier: Courier;
  readonly #unload: UnloadSender;
  readonly #unreported = new Map<string, number>();
  /** Labels whose predictions are being looked for. */
  readonly #joining = new Set<Promise<void>>();
  #consent: Consent;
  /** Undefined until the outbox has said it: under no name the collector could not tell that an event came twice. */
  #producer: string | undefined;
  readonly #opened: Promise<void>;
  #waiting = 0;
  #delivered = 0;
  #dropped = 0;
  #lastError: KedgeError | null = null;
  #draining: Promise<void> | undefined;
  #timer: {dueMs: number; id: ReturnType<typeof setTimeout>} | undefined;
  #closed = false;

  constructor(collector: CollectorOptions) {
    const url = `${collector.url.replace(/\/$/, '')}/v1/events`;
    this.#writeKey = collector.writeKey;
    this.#consent = collector.consent ?? defaultConsent();
    this.#outbox = openIndexedDbOutbox(outboxName).catch(() => new MemoryOutbox());
    this.#recorder = new Recorder(this.#outbox, {
      written: () => this.#drainWhenFull(),
      lost: (group, cause) => this.#lose(group, cause),
    });
    this.#courier = new Courier(url, {
      sealed: groups => void this.#recorder.drop(groups),
      delivered: count => this.#settle(count, 'delivered'),
      refused: (count, error) => {
        this.#lastError = error;
        this.#settle(count, 'refused');
      },
      failed: error => {
        this.#lastError = error;
      },
    });
    this.#unload = new UnloadSender(url);
    this.#opened = this.#open();
    globalThis.window?.addEventListener('pagehide', this.#onHidden);
    globalThis.document?.addEventListener('visibilitychange', this.#onHidden);
    globalThis.window?.addEventListener('online', this.#onOnline);
  }

  async #open(): Promise<void> {
    const outbox = await this.#outbox;
    try {
      this.#producer = await outbox.producer();
      this.#waiting += await outbox.waiting();
      await outbox.trimLedger(Date.now() - ledgerAgeMs);
    } catch (cause) {
      this.#producer ??= '';
      this.#lastError = new KedgeError('storage_unavailable', 'the outbox can’t be read', {cause});
    }
    this.#drainIn(firstDrainMs);
  }

  get consent(): Consent {
    return this.#consent;
  }

  /**
   * Records an event.
   *
   * @param entry what a later label needs, for predictions
   * @returns the event's name, for `findPrediction`
   */
  record(event: KedgeEvent, entry?: LedgerEntry): string {
    if (this.#consent === 'off' || this.#closed) return `off.${randomId()}`;
    if (this.#waiting >= maxWaiting) {
      this.countDropped('outbox_full');
      return `dropped.${randomId()}`;
    }
    this.#waiting++;
    this.#drainIn(sealDelayMs);
    return this.#recorder.record(this.#consent === 'counts' ? anonymous(event) : event, entry);
  }

  countDropped(reason: string, count = 1): void {
    if (this.#consent === 'off') return;
    this.#dropped += count;
    this.#unreported.set(reason, (this.#unreported.get(reason) ?? 0) + count);
  }

  /** Resolves when everything recorded so far is in the outbox. Never rejects. */
  async written(): Promise<void> {
    await this.#recorder.write();
  }

  /** The prediction that an id names, made here or in another tab. */
  async findPrediction(id: string): Promise<LedgerEntry | undefined> {
    const dot = id.lastIndexOf('.');
    const epoch = id.slice(0, dot);
    const seq = Number(id.slice(dot + 1));
    if (!Number.isInteger(seq)) return undefined;
    const recent = this.#recorder.find(epoch, seq);
    return recent ?? (await this.#outbox).findPrediction(epoch, seq).catch(() => undefined);
  }

  /** Joins a label to the prediction that an id names. What can't be joined is counted. @param manifests where the version's is, if the label needs it */
  label(id: string, label: Label, manifests: Manifests): void {
    const joining = this.#join(id, label, manifests)
      .catch(() => this.countDropped('label_failed'))
      .finally(() => this.#joining.delete(joining));
    this.#joining.add(joining);
  }

  async #join(...[id, label, manifests]: Parameters<Telemetry['label']>): Promise<void> {
    const entry = await this.findPrediction(id);
    const event = entry && labelEvent(entry, label, await manifestFor(entry.context.digest, label, manifests));
    if (event) this.record(event);
    else this.countDropped(entry ? 'label_invalid' : 'label_unmatched');
  }

  /** Sends what waits; resolves when it was tried. @throws the signal's reason */
  async flush(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    // A label that was just told is not recorded yet; what is being drained may have begun before the newest event.
    const drained = Promise.all([this.#draining, ...this.#joining]).then(() => this.#drain());
    await (signal ? Promise.race([drained, aborted(signal)]) : drained);
  }

  async state(): Promise<TelemetryState> {
    await Promise.all(this.#joining);
    await this.written();
    const waiting = await (await this.#outbox).waiting().catch(() => this.#waiting);
    return {
      consent: this.#consent,
      waiting,
      delivered: this.#delivered,
      dropped: this.#dropped,
      lastError: this.#lastError,
    };
  }

  /** What was recorded under another consent is removed, not sent. */
  async setConsent(consent: Consent): Promise<void> {
    if (consent === this.#consent) return;
    this.#consent = consent;
    await this.#purge();
  }

  /** Removes every event and this device's identity. */
  async forget(): Promise<void> {
    this.#consent = 'off';
    await this.#purge();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await Promise.all(this.#joining);
    await this.written();
    this.#closed = true;
    clearTimeout(this.#timer?.id);
    globalThis.window?.removeEventListener('pagehide', this.#onHidden);
    globalThis.document?.removeEventListener('visibilitychange', this.#onHidden);
    globalThis.window?.removeEventListener('online', this.#onOnline);
    this.#courier.close();
    await this.#draining;
    (await this.#outbox).close();
  }

  async #purge(): Promise<void> {
    await this.#recorder.clear();
    await this.#draining;
    const outbox = await this.#outbox;
    await outbox.clear().catch(() => {});
    this.#unreported.clear();
    this.#waiting = 0;
    this.#producer = this.#consent === 'off' ? undefined : await outbox.producer().catch(() => undefined);
  }

  #sender(): Sender {
    return {writeKey: this.#writeKey, producer: this.#consent === 'events' ? (this.#producer ?? '') : ''};
  }

  #settle(count: number, how: 'delivered' | 'refused'): void {
    this.#waiting = Math.max(0, this.#waiting - count);
    if (how === 'delivered') this.#delivered += count;
    else this.countDropped('refused', count);
  }

  #lose(group: Group, cause: unknown): void {
    this.#lastError = new KedgeError('storage_full', 'the outbox could not be written; these events are lost', {cause});
    this.#settle(group.events.length, 'refused');
  }

  #drainWhenFull(): void {
    const count = this.#recorder.unsealed.reduce((sum, {events}) => sum + events.length, 0);
    if (count >= maxSealedEvents) this.#drainIn(0);
  }

  /** Drains after `ms`, or earlier if that was already asked for. */
  #drainIn(ms: number): void {
    const dueMs = performance.now() + ms;
    if (this.#closed || (this.#timer && this.#timer.dueMs <= dueMs)) return;
    clearTimeout(this.#timer?.id);
    this.#timer = {dueMs, id: setTimeout(() => void this.#drain(), ms)};
  }

  #drain(): Promise<void> {
    clearTimeout(this.#timer?.id);
    this.#timer = undefined;
    this.#draining ??= this.#drainOnce()
      .catch((cause: unknown) => {
        this.#lastError = new KedgeError('storage_unavailable', 'the outbox can’t be sent', {cause});
      })
      .finally(() => {
        this.#draining = undefined;
      });
    return this.#draining;
  }

  async #drainOnce(): Promise<void> {
    await this.#opened;
    if (this.#consent === 'off' || this.#closed) return;
    this.#reportDropped();
    await this.written();
    const {againMs} = await this.#courier.drain(await this.#outbox, this.#sender(), this.#recorder.epoch);
    if (againMs !== undefined) this.#drainIn(againMs);
  }

  #reportDropped(): void {
    for (const [reason, count] of this.#unreported) {
      this.#waiting++;
      this.#recorder.record({kind: 'dropped', at: Date.now(), context: nobody, reason, count});
    }
    this.#unreported.clear();
  }

  readonly #onOnline = (): void => this.#drainIn(0);

  readonly #onHidden = ({type}: Event): void => {
    // `pagehide` comes first, while the page still counts as visible; on some browsers it comes alone.
    const leaving = type === 'pagehide' || globalThis.document?.visibilityState === 'hidden';
    if (!leaving || this.#consent === 'off') return;
    const named = this.#consent !== 'events' || this.#producer !== undefined;
    const sent = this.#unload.send(this.#sender(), named ? this.#recorder.unsealed : []);
    if (type === 'pagehide') this.#recorder.leave();
    else void this.#recorder.write();
    void sent.then(groups => this.#acknowledge(groups));
  };

  async #acknowledge(groups: readonly Group[]): Promise<void> {
    await this.#recorder.write();
    await (await this.#outbox).removeGroups(groups).catch(() => {});
    // A group that was sealed meanwhile is counted when its batch is.
    for (const {events} of this.#recorder.drop(groups)) this.#settle(events.length, 'delivered');
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true});
  });
}
