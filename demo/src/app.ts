import {type Consent, KedgeError, type Served} from '@kedge/client';
import {Asking} from './asking.js';
import {type DemoConfig, loadConfig} from './config.js';
import {byName, setText, show} from './dom.js';
import {runMany} from './many/run.js';
import {loadOffer} from './offer.js';
import {forgetOffline, installOffline} from './offline/offline.js';
import {modelName, Session} from './session.js';
import {consent, forgetSettings, hasAgreed, keepAgreement, newUnitId, unitId, withdrawAgreement} from './settings.js';
import {prepareScores, showServed} from './view/answer.js';
import {showOffline, showPersisted, showStorage} from './view/device.js';
import {resetProgress, showOffer, showProgress, showRuntime} from './view/install.js';
import {copyDigest, showLineage} from './view/lineage.js';
import {showManyReadiness} from './view/many.js';
import {hideNotice, prepareNotice, showNotice} from './view/notice.js';
import {prepareConsent, showTelling} from './view/telling.js';

type State = 'loading' | 'empty' | 'downloading' | 'ready' | 'disabled' | 'failed';

const refreshMs = 1500;

/** Connects the page's parts; what each shows and does is in its own file. */
export class App {
  readonly #asking: Asking;
  #config: DemoConfig | undefined;
  #session: Session | undefined;
  #state: State = 'loading';
  #loading: AbortController | undefined;
  #many: AbortController | undefined;

  constructor() {
    this.#asking = new Asking({
      session: () => (this.#answers() ? this.#session : undefined),
      onAnswer: ({served}) => this.#follow(served),
    });
    prepareScores();
    prepareNotice();
    prepareConsent(value => void this.#changeConsent(value));
    this.#listen();
    setText('unit', unitId());
  }

  async start(): Promise<void> {
    try {
      const {config, fromCache} = await loadConfig();
      this.#config = config;
      showConnection(!fromCache);
      if (hasAgreed()) await this.#install();
      else await this.#offer();
    } catch (error) {
      this.#fail(error, () => void this.start());
    }
  }

  async #offer(): Promise<void> {
    showOffer(await loadOffer(this.#config!, modelName));
    this.#enter('empty');
  }

  /** Called only after the visitor has agreed, now or at an earlier visit. */
  async #install(): Promise<void> {
    this.#loading = new AbortController();
    const {signal} = this.#loading;
    this.#enter('downloading');
    resetProgress();
    try {
      // Before the runtime is fetched, so that it passes through the service worker's hands once, not twice.
      await installOffline(showRuntime).catch((error: unknown) => showNotice(error));
      this.#session ??= await Session.open(this.#config!);
      const model = await this.#session.load(showProgress, signal);
      const problem = model.problems.at(-1);
      if (model.served.source === 'model') hideNotice();
      else if (problem) showNotice(problem, () => void this.#install());
      this.#enter(stateOf(model.served));
      await this.#showModel();
    } catch (error) {
      if (signal.aborted) await this.#withdraw();
      else this.#fail(error, () => void this.#install());
    }
  }

  /** Who cancels the download has not agreed to it: the next visit asks again. */
  async #withdraw(): Promise<void> {
    withdrawAgreement();
    await this.#offer().catch((error: unknown) => this.#fail(error, () => void this.start()));
  }

  async #showModel(): Promise<void> {
    const session = this.#session!;
    const model = session.model!;
    showServed(model.served);
    showLineage(model.manifest, model.served);
    await this.#asking.predict();
    await showStorage(session.kedge);
    await showOffline(model);
  }

  #fail(error: unknown, retry: () => void): void {
    this.#enter('failed');
    showNotice(error, retry);
  }

  #enter(state: State): void {
    this.#state = state;
    byName('app').dataset['state'] = state;
    const answers = this.#answers();
    show('offer', state === 'empty');
    show('install', state === 'downloading');
    show('steps', state === 'empty' || state === 'downloading');
    show('result', answers);
    show('waiting-for', state === 'failed' && !answers);
    setText('waiting-for', 'There is no model to ask yet.');
    byName<HTMLButtonElement>('predict').disabled = !answers;
    this.#showReadiness();
  }

  #answers(): boolean {
    return this.#session?.model !== undefined && this.#state !== 'downloading';
  }

  /** A newer release may have turned the model off, or on again, since it was loaded. */
  #follow(served: Served): void {
    const state = stateOf(served);
    if (state === this.#state) return;
    this.#enter(state);
    if (served.reason === 'assigned' || served.reason === 'champion') hideNotice();
    else
      showNotice(
        new KedgeError(served.reason, `${served.model}: the ${served.source} answers`),
        () => void this.#install(),
      );
  }

  #showReadiness(): void {
    const running = this.#many !== undefined;
    showManyReadiness({model: this.#state === 'ready', events: consent() === 'events', running});
  }

  async #becomeNewUnit(): Promise<void> {
    const id = newUnitId();
    setText('unit', id);
    this.#asking.reset();
    if (!this.#session) return;
    this.#session.becomeUnit(id);
    await this.#install();
  }

  async #changeConsent(value: Consent): Promise<void> {
    this.#showReadiness();
    if (!this.#session) return;
    await this.#session.kedge.setConsent(value);
    await showTelling(this.#session.kedge);
  }

  async #runMany(): Promise<void> {
    const {kedge} = this.#session!;
    this.#many = new AbortController();
    this.#showReadiness();
    try {
      await runMany(kedge, modelName, this.#many.signal);
    } catch (error) {
      showNotice(error, () => void this.#runMany());
    } finally {
      this.#many = undefined;
      this.#showReadiness();
      await Promise.all([showTelling(kedge), showStorage(kedge)]);
    }
  }

  async #forget(): Promise<void> {
    this.#loading?.abort();
    this.#many?.abort();
    try {
      await this.#session?.kedge.forget();
      await forgetOffline();
      forgetSettings();
      location.reload();
    } catch (error) {
      showNotice(error, () => void this.#forget());
    }
  }

  #listen(): void {
    const on = (name: string, act: () => unknown) => byName(name).addEventListener('click', () => void act());
    on('get-model', () => {
      keepAgreement();
      return this.#install();
    });
    on('install-cancel', () => this.#loading?.abort());
    on('persist', () => this.#persist());
    on('new-unit', () => this.#becomeNewUnit());
    on('copy-digest', copyDigest);
    on('many-start', () => this.#runMany());
    on('many-cancel', () => this.#many?.abort());
    on('flush', () => this.#flush());
    on('forget', () => byName<HTMLDialogElement>('forget-dialog').showModal());
    on('forget-confirm', () => this.#forget());
    addEventListener('online', () => showConnection(true));
    addEventListener('offline', () => showConnection(false));
    setInterval(() => {
      if (this.#session && !document.hidden) void showTelling(this.#session.kedge);
    }, refreshMs);
  }

  /** On a click: a browser that asks the person does so now. */
  async #persist(): Promise<void> {
    if (await this.#session!.kedge.persist()) showPersisted(true);
    else setText('stored-persisted', 'the browser has not granted it; use this page more often, or install it');
  }

  async #flush(): Promise<void> {
    const {kedge} = this.#session!;
    // What went wrong is in the telemetry's own state, and shown from there.
    await kedge.flush().catch(() => {});
    await showTelling(kedge);
  }
}

function stateOf({source, reason}: Served): State {
  if (source !== 'baseline') return 'ready';
  return reason === 'model_disabled' ? 'disabled' : 'failed';
}

function showConnection(online: boolean): void {
  const reachable = online && navigator.onLine;
  setText('connection', reachable ? 'Online' : 'Offline: running from what is stored');
  byName('connection').dataset['state'] = reachable ? 'online' : 'offline';
}
