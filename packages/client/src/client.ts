import {assign, checkUnitId, KedgeError} from '@kedge/core';
import type {Kedge, KedgeEvents, KedgeOptions, Label, Model, ModelOptions} from './api.js';
import type {ExplainOptions} from './choice/options.js';
import type {StorageReport} from './store/api.js';
import type {Explanation} from './choice/explain.js';
import {Journal} from './journal.js';
import {Listeners} from './listeners.js';
import {Loader} from './loader.js';
import {misuse} from './mistaken.js';
import {ServedModel} from './model.js';
import {CurrentRelease} from './release/current.js';
import {otherForms} from './release/variants.js';
import {ReleaseWatch} from './release/watch.js';
import type {Opening} from './served.js';
import {Serving} from './serving.js';
import type {Shared} from './shared.js';
import {openTelemetry} from './telemetry/open.js';
import {databaseName, outboxName} from './names.js';
import {writeMarker} from './store/marker.js';
import {type ClientUnit, hashUnit} from './unit.js';
import {Host} from './worker/host.js';
import {canCall, canWork, collectorOptions, engineOptions, mostMs, pollMs} from './options.js';
import {realm} from './realm.js';

/** The collector's limit. */
const maxNameLength = 256;
/** The collector's limit. */
const maxValue = 1e15;

/** A client for one unit; `forUnit` makes more of them over the same rooms. */
class UnitClient implements Kedge {
  readonly #shared: Shared;
  readonly #unit: ClientUnit;
  /** The client that `createKedge` made closes the rooms; a view of another unit does not. */
  readonly #owner: boolean;
  readonly #journals = new Map<string, Journal>();
  readonly #models = new Map<string, ServedModel>();

  constructor(shared: Shared, unit: ClientUnit, owner: boolean) {
    this.#shared = shared;
    this.#unit = unit;
    this.#owner = owner;
  }

  get unitId() {
    return this.#unit.id;
  }

  get release() {
    return this.#shared.releases.release;
  }

  get releaseProblem() {
    return this.#shared.releases.problem;
  }

  async model(name: string, options: ModelOptions = {}): Promise<Model> {
    if (!name || typeof name !== 'string' || !canCall(options)) (await misuse()).checkModelOptions(name, options);
    options.signal?.throwIfAborted();
    this.#refuseClosed();
    const opening = this.#open(name);
    const model = await ServedModel.open(this.#shared, () => this.#journal(opening), opening, options);
    this.#models.set(name, model);
    return model;
  }

  /** Which version this unit gets, by the release in force. */
  #open(name: string): Opening {
    const {release, problem} = this.#shared.releases;
    const refuse = (error: KedgeError, digest?: string): Opening => ({name, digest, variants: [], refused: error});
    if (!release) return refuse(problem ?? new KedgeError('network', 'no release could be had yet'));
    const released = release.models[name];
    // `constructor` is no model.
    if (!released?.versions)
      return refuse(
        new KedgeError(
          'model_unknown',
          `release ${release.version} has no model ${name}; it has ${Object.keys(release.models).join(', ') || 'none'}`,
        ),
      );
    if (!released.enabled)
      return refuse(
        new KedgeError('model_disabled', `${name} is turned off by release ${release.version}`),
        released.versions[released.champion]!.manifest,
      );
    const assignment = assign(release, name, this.#unit);
    const assigned = assignment.experiment ? assignment.arm.version : released.champion;
    // A revoked arm's units keep their arm in the books; the champion answers them.
    const version = released.revoked.includes(assigned) ? released.champion : assigned;
    const chosen = released.versions[version]!;
    return {name, assignment, digest: chosen.manifest, variants: otherForms(chosen)};
  }

  async #journal({name, assignment}: Opening): Promise<Journal> {
    const {telemetry, releases} = this.#shared;
    const salt = releases.release?.telemetry?.salt;
    // Without a release there is no salt, and an unsalted hash would name the unit to others.
    const unit = salt === undefined ? '' : await hashUnit(salt, this.#unit.id);
    const journal = new Journal(telemetry, {unit, model: name, assignment, release: releases.release?.version ?? 0});
    this.#journals.set(name, journal);
    return journal;
  }

  label(predictionId: string, label: Label): void {
    this.#shared.telemetry.label(predictionId, label, this.#shared);
  }

  metric(name: string, value: number): void {
    // One event that the collector refuses would take its whole batch along.
    if (typeof name !== 'string' || name.length > maxNameLength || !(Math.abs(value) <= maxValue))
      return this.#shared.telemetry.countDropped('metric_invalid');
    for (const journal of this.#journals.values()) journal.metric(name, value);
    if (!this.#journals.size) this.#shared.telemetry.countDropped('metric_without_model');
  }

  forUnit(unitId: string, attributes = this.#unit.attributes): Kedge {
    checkUnitId(unitId);
    this.#refuseClosed();
    return new UnitClient(this.#shared, {id: unitId, attributes}, false);
  }

  on<Name extends keyof KedgeEvents>(event: Name, listener: (detail: KedgeEvents[Name]) => void): () => void {
    return this.#shared.listeners.on(event, listener);
  }

  async refresh({signal}: {signal?: AbortSignal} = {}): Promise<void> {
    this.#refuseClosed();
    await this.#shared.releases.refresh(signal);
  }

  async explain(name: string, options?: ExplainOptions): Promise<Explanation> {
    const healing = await this.#shared.loader.healing();
    return healing.explain(name, this.#models, options);
  }

  storage(): Promise<StorageReport> {
    return this.#shared.hosts[0]!.host.storage();
  }

  async persist(): Promise<boolean> {
    try {
      return (await realm.storage?.persist?.()) ?? false;
    } catch {
      return false;
    }
  }

  telemetry() {
    return this.#shared.telemetry.state();
  }

  setConsent(consent: Parameters<Kedge['setConsent']>[0]) {
    return this.#shared.telemetry.setConsent(consent);
  }

  flush({signal}: {signal?: AbortSignal} = {}): Promise<void> {
    return this.#shared.telemetry.flush(signal);
  }

  async forget(): Promise<void> {
    // What a worker of this page has open can be removed once that has ended.
    const removing = import('./removing.js');
    removing.catch(() => {});
    // First: what it names and the store has not would look like an eviction at the next start.
    writeMarker([]);
    await this.#shared.telemetry.forget();
    // Cleared first: another tab may keep a database open for longer than this page lives.
    await this.#shared.hosts[0]!.host.forget().catch(() => {});
    await closeRooms(this.#shared);
    writeMarker([]);
    const rest = removing.then(({removeRest}) => removeRest(databaseName)).catch(() => {});
    await Promise.all([rest, ...[databaseName, outboxName].map(deleteDatabase)]);
  }

  async close(): Promise<void> {
    if (this.#owner) await closeRooms(this.#shared);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseClosed(): void {
    if (this.#shared.closed) throw this.#shared.closed;
  }
}

function deleteDatabase(name: string): Promise<unknown> {
  return new Promise(resolve => {
    if (typeof indexedDB === 'undefined') return resolve(undefined);
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = resolve;
  });
}

async function closeRooms(shared: Shared): Promise<void> {
  if (shared.closed) return;
  shared.closed = new KedgeError('closed', 'the client was closed; call createKedge() again');
  shared.watch.close();
  shared.serving.close();
  shared.listeners.clear();
  for (const {host} of shared.hosts) host.close(shared.closed);
  await shared.telemetry.close();
}

/**
 * Starts the worker, opens the store, and takes the release that is stored, or the registry's when there is none.
 *
 * Resolves also when there is no release to be had: `model` then answers with the baseline, and says why.
 *
 * @throws TypeError for options that can't work; the signal's reason
 */
export async function createKedge(options: KedgeOptions): Promise<Kedge> {
  if (!canWork(options)) (await misuse()).checkOptions(options);
  checkUnitId(options.unitId);
  options.signal?.throwIfAborted();
  const engine = engineOptions(options);
  const collector = collectorOptions(options);
  const listeners = new Listeners<KedgeEvents>();
  const hosts = options.runtimes.map((descriptor, i) => {
    // The first one's worker is there anyway; the others start when one of their versions does.
    const own = i === 0 ? engine : {...engine, warm: undefined};
    return {descriptor, host: new Host(descriptor, own, change => listeners.emit('storage', change))};
  });
  const releases = new CurrentRelease({
    host: hosts[0]!.host,
    graceHours: engine.graceHours,
    onChange: change => listeners.emit('release', change),
    onAccepted: () => watch.tell(),
  });
  const watch = new ReleaseWatch({
    everyMs: pollMs(options),
    key: engine.channel,
    random: Math.random,
    check: () => releases.refresh(undefined),
    adopt: () => releases.adopt(),
  });
  const opened = releases.open(Math.min(options.releaseWaitMs ?? 0, mostMs), options.signal);
  // Awaited below; a rejection until then must not count as unhandled.
  opened.catch(() => {});
  const telemetry = await openTelemetry(collector);
  const serving = new Serving();
  const loader = new Loader(({Healing}) => new Healing(hosts, serving, options));
  // Told again where it is needed.
  loader.healing().catch(() => {});
  const shared: Shared = {
    ...{hosts, releases, watch, listeners, loader, serving, telemetry},
    manifests: new Map(),
    closed: undefined,
  };
  try {
    await opened;
  } catch (error) {
    await closeRooms(shared);
    throw error;
  }
  return new UnitClient(shared, {id: options.unitId, attributes: options.attributes ?? {}}, true);
}
