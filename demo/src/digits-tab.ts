import {type Consent, KedgeError, type Served} from '@kedge/client';
import {Asking} from './asking.js';
import {byName, setText, show} from './dom.js';
import type {Host, Tab} from './host.js';
import {runMany} from './many/run.js';
import {loadOffer} from './offer.js';
import {installOffline} from './offline/offline.js';
import {modelName, Session} from './session.js';
import {consent, hasAgreed, keepAgreement, withdrawAgreement} from './settings.js';
import {prepareScores, showRuntimeOf, showServed} from './view/answer.js';
import {resetProgress, showOffer, showProgress, showRuntime} from './view/install.js';
import {showManyReadiness} from './view/many.js';
import {hideNotice, showNotice} from './view/notice.js';
import {Providers} from './view/providers.js';

type State = 'loading' | 'empty' | 'downloading' | 'ready' | 'disabled' | 'failed';

/** Draw a digit, see it read, say whether it was right. */
export class DigitsTab implements Tab {
  readonly #host: Host;
  readonly #asking: Asking;
  readonly #providers = new Providers(byName('digits-providers'));
  #session: Session | undefined;
  #state: State = 'loading';
  #loading: AbortController | undefined;
  #many: AbortController | undefined;
  #started = false;

  constructor(host: Host) {
    this.#host = host;
    this.#asking = new Asking({
      session: () => (this.#answers() ? this.#session : undefined),
      onAnswer: ({served}) => this.#follow(served),
    });
    prepareScores();
    this.#listen();
  }

  async shown(): Promise<void> {
    if (!this.#started) return this.#start();
    if (this.#session?.model) await this.#host.showModel(this.#session.kedge, this.#session.model);
  }

  hidden(): void {}

  stop(): void {
    this.#loading?.abort();
    this.#many?.abort();
  }

  async becomeUnit(id: string): Promise<void> {
    this.#asking.reset();
    if (!this.#session) return;
    this.#session.becomeUnit(id);
    await this.#install();
  }

  consentChanged(): void {
    this.#showReadiness();
  }

  async #start(): Promise<void> {
    this.#started = true;
    try {
      if (hasAgreed(modelName)) await this.#install();
      else await this.#offer();
    } catch (error) {
      this.#fail(error, () => void this.#start());
    }
  }

  async #offer(): Promise<void> {
    showOffer(await loadOffer(await this.#host.config(), [modelName]));
    this.#enter('empty');
  }

  /** Called only after the visitor has agreed, now or at an earlier visit. */
  async #install(): Promise<void> {
    this.#loading = new AbortController();
    const {signal} = this.#loading;
    try {
      await this.#host.config();
      this.#enter('downloading');
      resetProgress();
      // Before the runtime is fetched, so that it passes through the service worker's hands once, not twice.
      await installOffline(showRuntime).catch((error: unknown) => showNotice(error));
      this.#session ??= new Session(await this.#host.telling());
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
    withdrawAgreement(modelName);
    await this.#offer().catch((error: unknown) => this.#fail(error, () => void this.#start()));
  }

  async #showModel(): Promise<void> {
    const {kedge, model} = this.#session!;
    showServed(model!.served);
    showRuntimeOf(model!.manifest);
    this.#providers.follow(kedge, modelName);
    await this.#asking.predict();
    await this.#host.showModel(kedge, model!);
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
    const told: Consent = consent();
    showManyReadiness({model: this.#state === 'ready', events: told === 'events', running});
  }

  async #runMany(): Promise<void> {
    const {kedge, model} = this.#session!;
    this.#many = new AbortController();
    this.#showReadiness();
    try {
      await runMany(kedge, modelName, this.#many.signal);
    } catch (error) {
      showNotice(error, () => void this.#runMany());
    } finally {
      this.#many = undefined;
      this.#showReadiness();
      await Promise.all([this.#host.showTelling(), model && this.#host.showModel(kedge, model)]);
    }
  }

  #listen(): void {
    const on = (name: string, act: () => unknown) => byName(name).addEventListener('click', () => void act());
    on('get-model', () => {
      keepAgreement(modelName);
      return this.#install();
    });
    on('install-cancel', () => this.#loading?.abort());
    on('many-start', () => this.#runMany());
    on('many-cancel', () => this.#many?.abort());
  }
}

function stateOf({source, reason}: Served): State {
  if (source !== 'baseline') return 'ready';
  return reason === 'model_disabled' ? 'disabled' : 'failed';
}
