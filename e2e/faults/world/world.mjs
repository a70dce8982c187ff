import {canonicalJson, releasePayloadType, signEnvelope, utf8} from '@kedge/core';
import {createHash, webcrypto} from 'node:crypto';
import {setTimeout as pause} from 'node:timers/promises';
import {FaultServer} from '../server/fault-server.mjs';
import {check, checkFields} from './check.mjs';
import {Met} from './met.mjs';
import {askedAgain, chunkMap, sentBytes} from './ranges.mjs';
import {Servers} from './servers.mjs';

/** @typedef {import('../page/lab.js').Visit} Visit */
/** @typedef {import('../page/lab.js').VisitPlan} VisitPlan */
/** @typedef {import('../page/probe.js').StoredOnDevice} Stored */
/** @typedef {import('../browsers/driver.mjs').Tab} Tab */
/** @typedef {import('./registry.mjs').Version} Version */

/**
 * What a row found, for its line in the table.
 *
 * @typedef {object} Facts
 * @property {string} stored
 * @property {string} served
 * @property {string} fetched
 * @property {string} heals
 */

const visitMs = 120_000;
/** A page that does not answer in this time is gone. */
const aliveMs = 5000;
/** What the catalog calls a version that can serve. */
const complete = new Set(['verified', 'tested', 'active', 'retired']);
const usedPorts = new Set();

/** One person's browser, one origin with nothing stored, and one registry that can go wrong. */
export class World {
  driver;
  registry;
  server;
  servers;
  /** @type {Facts} */
  facts = {stored: '', served: '', fetched: '', heals: ''};
  #blobs;
  #releaseVersion = 0;
  /** @type {Tab | undefined} */
  #probe;
  #met = new Met();
  /** The release in force says this; a row may ask for another model. */
  #model = 'table';

  /** @param {{driver: import('../browsers/driver.mjs').Driver, registry: import('./registry.mjs').Registry, server: FaultServer}} rooms */
  constructor({driver, registry, server}) {
    this.driver = driver;
    this.registry = registry;
    this.server = server;
    this.servers = new Servers(server);
    this.#blobs = chunkMap(Object.values(registry.versions).map(({manifest}) => manifest));
  }

  /** @param {{driver: import('../browsers/driver.mjs').Driver, registry: import('./registry.mjs').Registry, site: string}} rooms */
  static async open({driver, registry, site}) {
    for (;;) {
      const server = new FaultServer({site, registry: registry.folder});
      await server.listen();
      // A port that was used before is an origin with something stored.
      if (!usedPorts.has(server.url)) {
        usedPorts.add(server.url);
        return new World({driver, registry, server});
      }
      await server.close();
    }
  }

  /** @param {string} reference such as `table@1.0.0` @returns {Version} */
  version(reference) {
    const found = this.registry.versions[reference];
    if (!found) throw new Error(`no version ${reference}`);
    return found;
  }

  /**
   * A release that names these versions, the first as champion; signed, and higher than the one before.
   *
   * @param {readonly string[]} references
   * @param {{change?: Record<string, unknown>, model?: Record<string, unknown>, keys?: readonly import('@kedge/core').Jwk[], days?: number, serve?: boolean}} [options]
   * @returns {Promise<string>} the envelope's text
   */
  async publish(
    references,
    {change = {}, model = {}, keys = [this.registry.privateKey], days = 30, serve = true} = {},
  ) {
    const [name = '', champion] = (references[0] ?? '').split('@');
    this.#model = name;
    const versions = Object.fromEntries(
      references.map(reference => {
        const {digest, bytes, version} = this.version(reference);
        return [version, {manifest: digest, bytes}];
      }),
    );
    return this.sign(
      {models: {[name]: {champion, versions, revoked: [], enabled: true, ...model}}, ...change},
      {keys, days, serve},
    );
  }

  /** A release, signed and all, whose champion has this text for a manifest. @param {string} text @param {readonly string[]} others @param {{champion?: string, bytes?: number}} [options] what the release says of it */
  async publishManifest(text, others, {champion = '9.0.0', bytes = 1} = {}) {
    const digest = createHash('sha256').update(text).digest('hex');
    this.server.put(`/registry/manifests/${digest}.json`, text);
    const [name = ''] = (others[0] ?? '').split('@');
    const versions = Object.fromEntries(
      others.map(reference => {
        const {digest: manifest, bytes, version} = this.version(reference);
        return [version, {manifest, bytes}];
      }),
    );
    const model = {champion, versions: {...versions, [champion]: {manifest: digest, bytes}}};
    await this.publish(others, {model});
    this.#model = name;
    return digest;
  }

  /** @param {Record<string, unknown>} change @param {{keys: readonly import('@kedge/core').Jwk[], days: number, serve: boolean}} options */
  async sign(change, {keys, days, serve}) {
    const now = Date.now();
    const expires = now + days * 86_400_000;
    const issued = Math.min(now, expires - 86_400_000);
    const times = {issued: new Date(issued).toISOString(), expires: new Date(expires).toISOString()};
    const release = {...this.registry.release, version: ++this.#releaseVersion, ...times, ...change};
    const envelope = await signEnvelope(
      /** @type {any} */ (webcrypto.subtle),
      releasePayloadType,
      utf8(canonicalJson(/** @type {any} */ (release))),
      keys,
    );
    const text = JSON.stringify(envelope);
    if (serve) this.servers.put('/registry/channels/prod.json', text);
    return text;
  }

  /** @param {Partial<Omit<VisitPlan, 'config'>> & {config?: Record<string, unknown>}} [change] @returns {VisitPlan} */
  plan({config, ...change} = {}) {
    const model = change.model ?? this.#model;
    const rows = Number(Object.entries(this.registry.versions).find(([key]) => key.startsWith(`${model}@`))?.[1].rows);
    const {publicKey} = this.registry;
    return /** @type {any} */ ({
      model,
      ask: [0, rows >> 1, rows - 1],
      config: {registry: this.server.registryUrl, channel: 'prod', trustedKeys: [publicKey], ...config},
      ...change,
    });
  }

  /** A tab on the page, with nothing asked yet. @returns {Promise<Tab>} */
  openTab() {
    return this.#open('lab');
  }

  /** WebKitGTK may call a page loaded before its module has run. @param {'lab' | 'probe'} page @returns {Promise<Tab>} */
  async #open(page) {
    const tab = await this.driver.openTab(`${this.server.url}/${page}.html`);
    for (let ms = 0; ms < visitMs && !(await tab.evaluate(`'${page}' in globalThis`)); ms += 20) await pause(20);
    return tab;
  }

  /**
   * Opens the page, asks for the model, and closes the page. What holds of every visit is checked: the numbers are those of
   * the version that it says served, and nothing was asked for that was stored.
   *
   * @param {Parameters<World['plan']>[0]} [change]
   * @returns {Promise<Visit & {sent: number}>}
   */
  async visit(change) {
    const before = await this.stored();
    const mark = this.servers.mark();
    const tab = await this.openTab();
    const visit = await within(visitMs, 'the visit', tab.evaluate(`lab.visit(${JSON.stringify(this.plan(change))})`));
    await tab.close();
    this.checkTruth(visit, change?.ask);
    this.#met.add(visit);
    this.checkAskedOnce(mark, before);
    return {...visit, sent: sentBytes(this.servers.since(mark))};
  }

  /** Begins a visit that something will happen to. @param {Parameters<World['plan']>[0]} [change] @returns {Promise<Tab>} */
  async begin(change) {
    const tab = await this.openTab();
    await tab.evaluate(`lab.begin(${JSON.stringify(this.plan(change))})`);
    return tab;
  }

  /** The end of a visit that was begun. @param {Tab} tab @param {string} [model] that it asked for @returns {Promise<Visit>} */
  async finished(tab, model) {
    const visit = await within(visitMs, 'the visit', tab.evaluate('lab.finished()'));
    this.checkTruth(visit, undefined, model);
    this.#met.add(visit);
    return visit;
  }

  /** A first visit on which nothing goes wrong. @param {string} reference */
  async install(reference) {
    await this.publish([reference]);
    const visit = await this.visit();
    this.checkServed(visit, {source: 'model', version: reference.split('@')[1]});
  }

  /** What lies on the device, read behind the client's back. @returns {Promise<Stored>} */
  stored() {
    return this.probe('read()');
  }

  /** @param {string} call of the probe page @returns {Promise<any>} */
  async probe(call) {
    const tab = await this.#openProbe();
    return within(visitMs, `probe.${call}`, tab.evaluate(`probe.${call}`));
  }

  /** One tab for all looks at what is stored; a new one when a fault took it along. It holds nothing open between them. */
  async #openProbe() {
    const alive = this.#probe && (await within(aliveMs, 'the probe', this.#probe.evaluate('true')).catch(() => false));
    if (!this.#probe || !alive) this.#probe = await this.#open('probe');
    return this.#probe;
  }

  /** The numbers are those of the version that the visit says served. @param {Visit} visit @param {readonly number[]} [ask] @param {string} [model] */
  checkTruth({served, outputs, rejected}, ask = this.plan().ask, model = this.#model) {
    if (rejected !== null || served.source === 'none') return;
    const right = served.version === null ? undefined : this.version(`${model}@${served.version}`);
    const want = ask.flatMap(x => (right ? right.answer(x) : new Array(8).fill(-1)));
    const wrong = want.findIndex((value, i) => outputs[i] !== value);
    check(
      wrong < 0,
      () => `served wrong numbers as ${served.version}: y[${wrong}] is ${outputs[wrong]}, not ${want[wrong]}`,
    );
  }

  /** @param {boolean} some whether there has to be a fault at all */
  checkMet(some) {
    this.#met.check(this.servers.injected, some);
  }

  /** Nothing that was stored was asked for, of whichever server. @param {readonly number[]} mark @param {Stored} before */
  checkAskedOnce(mark, before) {
    const good = new Set(before.chunks.filter(({name, sha256}) => name === sha256).map(({name}) => name));
    const again = askedAgain(this.servers.since(mark), good, this.#blobs);
    check(again === 0, `${again} bytes were asked for though they were stored`);
  }

  /** @param {Visit} visit @param {Record<string, unknown>} expected fields of `served`; a list means any of them */
  checkServed(visit, expected) {
    check(visit.rejected === null, () => `nothing was served: ${visit.rejected}: ${visit.messages.at(-1)}`);
    checkFields(visit.served, expected, `served (${visit.messages.at(-1) ?? 'no problem told'})`);
  }

  /** Every chunk is what it is named, and every version that says it is complete is. @param {boolean} [mayLose] whether the browser may have lost the files of chunks that it said were stored @returns {Promise<Stored>} */
  async checkStore(mayLose = false) {
    const stored = await this.stored();
    const rotten = stored.chunks.filter(({name, sha256, bytes}) => name !== sha256 && !(mayLose && bytes === 0));
    check(rotten.length === 0, `${rotten.length} of ${stored.chunks.length} stored chunks are not what they are named`);
    const names = new Set(stored.chunks.map(({name}) => name));
    for (const {version, state, chunks} of stored.catalog)
      check(
        !complete.has(state) || chunks.every(chunk => names.has(chunk)),
        `the catalog calls ${version} ${state}, and not all of its chunks are stored`,
      );
    return stored;
  }

  /** Notes for the table what a visit under a fault came to. @param {Visit & {sent?: number}} visit @param {Stored} stored */
  note(visit, stored) {
    const {source, version, reason} = visit.served;
    this.facts.served =
      visit.rejected ?? [source, version, source === 'model' ? undefined : `(${reason})`].filter(Boolean).join(' ');
    if (visit.sent !== undefined) this.facts.fetched = bytesText(visit.sent);
    const names = new Set(stored.chunks.map(({name}) => name));
    this.facts.stored =
      stored.catalog
        .map(
          ({version: one, state, chunks}) =>
            `${one} ${state} ${chunks.filter(chunk => names.has(chunk)).length}/${chunks.length}`,
        )
        .join(', ') || 'nothing';
  }

  /** A visit under a fault: checked, and noted. @param {Parameters<World['plan']>[0]} change @param {Record<string, unknown>} expected */
  async suffer(expected, change = {}) {
    const visit = await this.visit(change);
    const stored = await this.checkStore();
    this.note(visit, stored);
    this.checkServed(visit, expected);
    return {visit, stored};
  }

  /** The fault is over: the next visit serves the right version, with no help. @param {string} reference @param {Parameters<World['plan']>[0]} [change] @param {string} [digest] of the manifest that the release names */
  async heals(reference, change, digest = this.version(reference).digest) {
    this.servers.heal();
    const visit = await this.visit(change);
    this.checkServed(visit, {source: 'model', version: reference.split('@')[1]});
    check(visit.storageKind === 'indexeddb', `healed, but runs from ${visit.storageKind}`);
    const stored = await this.checkStore();
    const record = stored.catalog.find(one => one.digest === digest);
    checkFields(record ?? {}, {state: ['active', 'tested', 'verified']}, `the catalog's record of ${reference}`);
    this.facts.heals = `${reference.split('@')[1]} from ${bytesText(visit.sent)}`;
    return visit;
  }

  async close() {
    await within(aliveMs, 'closing the probe', this.#probe?.close() ?? Promise.resolve()).catch(() => {});
    await this.servers.close();
  }
}

/** @param {number} bytes */
export const bytesText = bytes =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 1000 ? `${Math.round(bytes / 1000)} kB` : `${bytes} B`;

/** @template T @param {number} ms @param {string} what @param {Promise<T>} work @returns {Promise<T>} */
export async function within(ms, what, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
