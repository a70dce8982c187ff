import type {Consent, Prediction} from '@kedge/client';
import {type DemoConfig, loadConfig} from './config.js';
import {byName, setText, show} from './dom.js';
import {drawByKeyboard} from './draw/keyboard.js';
import {Pad} from './draw/pad.js';
import {drawPreview} from './draw/preview.js';
import {runMany} from './many/run.js';
import {testDigits} from './many/test-digits.js';
import {loadOffer} from './offer.js';
import {forgetOffline, installOffline} from './offline/offline.js';
import {topClass} from './scores.js';
import {modelName, Session} from './session.js';
import {consent, forgetSettings, hasAgreed, keepAgreement, newUnitId, unitId} from './settings.js';
import {clearAnswer, prepareScores, showAnswer, showServed} from './view/answer.js';
import {showOffline, showStorage} from './view/device.js';
import {resetProgress, showOffer, showProgress, showRuntime} from './view/install.js';
import {copyDigest, showLineage} from './view/lineage.js';
import {showManyReadiness} from './view/many.js';
import {hideNotice, prepareNotice, showNotice} from './view/notice.js';
import {Question} from './view/question.js';
import {prepareConsent, showTelling} from './view/telling.js';

type State = 'loading' | 'empty' | 'downloading' | 'ready' | 'disabled' | 'failed';

const refreshMs = 1500;

/** Connects the page's parts; what each shows and does is in its own file. */
export class App {
  readonly #pad: Pad;
  readonly #question: Question;
  #config: DemoConfig | undefined;
  #session: Session | undefined;
  #state: State = 'loading';
  #loading: AbortController | undefined;
  #many: AbortController | undefined;
  #prediction: Prediction | undefined;
  /** Counts predictions, so that a late answer never overwrites a newer one. */
  #turn = 0;

  constructor() {
    const canvas = byName<HTMLCanvasElement>('pad');
    this.#pad = new Pad(canvas, () => void this.#predict());
    drawByKeyboard(this.#pad, canvas, byName('pad-cursor'), text => setText('pen-state', text));
    this.#question = new Question(digit => this.#tellTruth(digit));
    prepareScores();
    prepareNotice();
    prepareConsent(value => void this.#changeConsent(value));
    drawPreview(byName('preview'), undefined);
    canvas.addEventListener('pointerdown', () => show('pad-hint', false));
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
      if (signal.aborted) await this.#offer();
      else this.#fail(error, () => void this.#install());
    }
  }

  async #showModel(): Promise<void> {
    const session = this.#session!;
    const model = session.model!;
    showServed(model.served);
    showLineage(model.manifest, model.served);
    if (!this.#pad.isEmpty) await this.#predict();
    await showStorage(session.kedge);
    await showOffline(model.served.source !== 'baseline');
  }

  #fail(error: unknown, retry: () => void): void {
    this.#enter('failed');
    showNotice(error, retry);
  }

  #enter(state: State): void {
    this.#state = state;
    byName('app').dataset['state'] = state;
    const answers = this.#session?.model !== undefined && state !== 'downloading';
    show('offer', state === 'empty');
    show('install', state === 'downloading');
    show('result', answers);
    show('waiting-for', state === 'failed' && !answers);
    setText('waiting-for', 'There is no model to ask yet.');
    byName<HTMLButtonElement>('predict').disabled = !answers;
    this.#showReadiness();
  }

  #showReadiness(): void {
    const running = this.#many !== undefined;
    showManyReadiness({model: this.#state === 'ready', events: consent() === 'events', running});
  }

  async #predict(): Promise<void> {
    const field = this.#pad.field();
    drawPreview(byName('preview'), field);
    show('pad-hint', !field);
    if (!field || !this.#session?.model || this.#state === 'downloading') return;
    const turn = ++this.#turn;
    try {
      const prediction = await this.#session.predict(field);
      if (turn !== this.#turn) return;
      this.#prediction = prediction;
      showAnswer(prediction);
      if (prediction.served.source === 'baseline') show('question', false);
      else this.#question.ask(topClass(prediction.outputs));
    } catch (error) {
      if (turn === this.#turn) showNotice(error, () => void this.#predict());
    }
  }

  #tellTruth(digit: number): void {
    const {kedge} = this.#session!;
    const prediction = this.#prediction!;
    kedge.label(prediction.id, {class: digit});
    const right = topClass(prediction.outputs) === digit ? 'It was right.' : `It was a ${digit}.`;
    const told = consent() === 'off' ? 'You chose to tell nothing, so this stays here.' : 'Kept for the report.';
    setText('thanks', `Thank you. ${right} ${told}`);
    void showTelling(kedge);
  }

  async #showTestDigit(): Promise<void> {
    try {
      const digits = await testDigits();
      const {pixels, label} = digits[Math.floor(Math.random() * digits.length)]!;
      this.#pad.showTestDigit(pixels);
      setText('true-label', `A real test digit; its label says ${label}.`);
      byName('true-label').dataset['label'] = String(label);
    } catch (error) {
      showNotice(error, () => void this.#showTestDigit());
    }
  }

  #clear(): void {
    this.#turn++;
    this.#pad.clear();
    this.#prediction = undefined;
    drawPreview(byName('preview'), undefined);
    show('pad-hint', true);
    setText('true-label', '');
    clearAnswer();
  }

  async #becomeNewUnit(): Promise<void> {
    const id = newUnitId();
    setText('unit', id);
    clearAnswer();
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
    on('predict', () => this.#predict());
    on('clear', () => this.#clear());
    on('test-digit', () => this.#showTestDigit());
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

  async #flush(): Promise<void> {
    const {kedge} = this.#session!;
    // What went wrong is in the telemetry's own state, and shown from there.
    await kedge.flush().catch(() => {});
    await showTelling(kedge);
  }
}

function stateOf({source, reason}: {source: string; reason: string}): State {
  if (source !== 'baseline') return 'ready';
  return reason === 'model_disabled' ? 'disabled' : 'failed';
}

function showConnection(online: boolean): void {
  const reachable = online && navigator.onLine;
  setText('connection', reachable ? 'Online' : 'Offline: running from what is stored');
  byName('connection').dataset['state'] = reachable ? 'online' : 'offline';
}
