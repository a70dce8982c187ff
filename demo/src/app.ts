import type {Consent, Kedge, Model} from '@kedge/client';
import {type DemoConfig, loadConfig} from './config.js';
import {byName, setText} from './dom.js';
import type {Host, Tab} from './host.js';
import {forgetOffline} from './offline/offline.js';
import {openKedge} from './session.js';
import {forgetSettings, newUnitId, unitId} from './settings.js';
import {prepareTabs, type TabName} from './tabs.js';
import {showOffline, showPersisted, showStorage} from './view/device.js';
import {copyDigest, showLineage} from './view/lineage.js';
import {prepareNotice, showNotice} from './view/notice.js';
import {prepareConsent, showTelling} from './view/telling.js';

const refreshMs = 1500;

const code: Record<TabName, (host: Host) => Promise<Tab>> = {
  digits: async host => new (await import('./digits-tab.js')).DigitsTab(host),
  read: async host => new (await import('./read/read-tab.js')).ReadTab(host),
  voice: async host => new (await import('./voice/voice-tab.js')).VoiceTab(host),
};

/** Connects the page's parts; what each shows and does is in its own file. */
export class App {
  readonly #tabs = new Map<TabName, Promise<Tab>>();
  #shown: TabName | undefined;
  #config: Promise<DemoConfig> | undefined;
  #telling: Promise<Kedge> | undefined;
  #quiet: Promise<Kedge> | undefined;
  /** What the client that tells was opened with, once it is open. */
  #toldBy: Kedge | undefined;

  start(): void {
    prepareNotice();
    prepareConsent(value => void this.#changeConsent(value));
    this.#listen();
    setText('unit', unitId());
    prepareTabs(name => void this.#show(name));
  }

  config(): Promise<DemoConfig> {
    this.#config ??= this.#loadConfig().catch((error: unknown) => {
      this.#config = undefined;
      throw error;
    });
    return this.#config;
  }

  async telling(): Promise<Kedge> {
    this.#telling ??= this.#open(true).catch((error: unknown) => {
      this.#telling = undefined;
      throw error;
    });
    return (this.#toldBy = await this.#telling);
  }

  quiet(): Promise<Kedge> {
    this.#quiet ??= this.#open(false).catch((error: unknown) => {
      this.#quiet = undefined;
      throw error;
    });
    return this.#quiet;
  }

  async #showModel(kedge: Kedge, model: Model): Promise<void> {
    showLineage(model.manifest, model.served);
    await showStorage(kedge);
    await showOffline(model);
  }

  async showTelling(): Promise<void> {
    if (this.#toldBy) await showTelling(this.#toldBy);
  }

  async #loadConfig(): Promise<DemoConfig> {
    const {config, fromCache} = await loadConfig();
    showConnection(!fromCache);
    return config;
  }

  async #open(tells: boolean): Promise<Kedge> {
    return openKedge(await this.config(), tells);
  }

  async #show(name: TabName): Promise<void> {
    const before = this.#shown;
    this.#shown = name;
    try {
      if (before && before !== name) (await this.#tabs.get(before))?.hidden();
      await (await this.#tab(name)).shown();
    } catch (error) {
      showNotice(error, () => void this.#show(name));
    }
  }

  #tab(name: TabName): Promise<Tab> {
    const known = this.#tabs.get(name);
    if (known) return known;
    const loading = code[name](this.#hostOf(name));
    this.#tabs.set(name, loading);
    // Another network may have it.
    loading.catch(() => this.#tabs.delete(name));
    return loading;
  }

  /** What is ready in a tab that the visitor has left is shown when they come back. */
  #hostOf(name: TabName): Host {
    return {
      config: () => this.config(),
      telling: () => this.telling(),
      quiet: () => this.quiet(),
      showTelling: () => this.showTelling(),
      showModel: async (kedge, model) => {
        if (this.#shown === name) await this.#showModel(kedge, model);
      },
    };
  }

  async #loaded(): Promise<Tab[]> {
    const tabs = await Promise.allSettled(this.#tabs.values());
    return tabs.flatMap(tab => (tab.status === 'fulfilled' ? [tab.value] : []));
  }

  async #becomeNewUnit(): Promise<void> {
    const id = newUnitId();
    setText('unit', id);
    for (const tab of await this.#loaded()) await tab.becomeUnit?.(id);
  }

  async #changeConsent(value: Consent): Promise<void> {
    for (const tab of await this.#loaded()) tab.consentChanged?.(value);
    await this.#toldBy?.setConsent(value);
    await this.showTelling();
  }

  async #forget(): Promise<void> {
    for (const tab of await this.#loaded()) tab.stop();
    try {
      // The one that tells knows of the events too; the other must let go of the store first.
      await (await this.#quiet)?.close();
      if (this.#quiet || this.#telling) await (await this.telling()).forget();
      await forgetOffline();
      forgetSettings();
      location.reload();
    } catch (error) {
      showNotice(error, () => void this.#forget());
    }
  }

  #listen(): void {
    const on = (name: string, act: () => unknown) => byName(name).addEventListener('click', () => void act());
    on('persist', () => this.#persist());
    on('new-unit', () => this.#becomeNewUnit());
    on('copy-digest', copyDigest);
    on('flush', () => this.#flush());
    on('forget', () => byName<HTMLDialogElement>('forget-dialog').showModal());
    on('forget-confirm', () => this.#forget());
    addEventListener('online', () => showConnection(true));
    addEventListener('offline', () => showConnection(false));
    setInterval(() => {
      if (!document.hidden) void this.showTelling();
    }, refreshMs);
  }

  /** On a click: a browser that asks the person does so now. */
  async #persist(): Promise<void> {
    const kedge = await (this.#telling ?? this.#quiet);
    if (await kedge?.persist()) showPersisted(true);
    else setText('stored-persisted', 'the browser has not granted it; use this page more often, or install it');
  }

  async #flush(): Promise<void> {
    // What went wrong is in the telemetry's own state, and shown from there.
    await this.#toldBy?.flush().catch(() => {});
    await this.showTelling();
  }
}

function showConnection(online: boolean): void {
  const reachable = online && navigator.onLine;
  setText('connection', reachable ? 'Online' : 'Offline: running from what is stored');
  byName('connection').dataset['state'] = reachable ? 'online' : 'offline';
}
