import type {Kedge, Model, Progress} from '@kedge/client';
import {make} from '../dom.js';
import {formatBytes} from '../format.js';
import type {Host} from '../host.js';
import {loadOffer, type Offer} from '../offer.js';
import {installOffline} from '../offline/offline.js';
import {hasAgreed, keepAgreement, withdrawAgreement} from '../settings.js';
import {wordsForProgress} from './install.js';
import {hideNotice, showNotice} from './notice.js';

export interface GettingOptions {
  /** What the visitor agrees to, and the prefix of the elements' names. */
  what: string;
  models: readonly string[];
  host: Host;
  /** @param models in the order in which they were named */
  onReady(kedge: Kedge, models: readonly Model[]): void;
}

/** Asks before models are downloaded, gets them, shows how far that is, and can be cancelled. */
export class Getting {
  readonly #panel: HTMLElement;
  readonly #options: GettingOptions;
  #loading: AbortController | undefined;

  /** @param panel emptied, and hidden once all is ready; its `data-state` tells the state */
  constructor(panel: HTMLElement, options: GettingOptions) {
    this.#panel = panel;
    this.#options = options;
  }

  /** Gets what the visitor has agreed to, or asks. */
  async start(): Promise<void> {
    try {
      await (hasAgreed(this.#options.what) ? this.#install() : this.#offer());
    } catch (error) {
      this.#fail(error, () => void this.start());
    }
  }

  stop(): void {
    this.#loading?.abort();
  }

  async #offer(): Promise<void> {
    const offer = await loadOffer(await this.#options.host.config(), this.#options.models);
    this.#enter('empty', this.#offered(offer));
  }

  async #install(): Promise<void> {
    const {host, models, onReady} = this.#options;
    const {signal} = (this.#loading = new AbortController());
    const meters = models.map(model => new Meter(model));
    const state = make('p', 'install-state', 'Preparing');
    state.ariaLive = 'polite';
    state.dataset['testid'] = this.#name('install-state');
    const cancel = this.#button('quiet', 'Cancel', 'cancel', () => this.#loading?.abort());
    this.#enter('downloading', make('div', 'install', state, ...meters.map(({row}) => row), cancel));
    try {
      await installOffline(() => {}).catch((error: unknown) => showNotice(error));
      const kedge = await host.quiet();
      if (!kedge.release) await kedge.refresh({signal});
      const got: Model[] = [];
      for (const [i, name] of models.entries()) {
        const onProgress = (progress: Progress) => {
          state.textContent = `${name}: ${wordsForProgress(progress)}`;
          meters[i]!.show(progress);
        };
        got.push(await kedge.model(name, {signal, onProgress}));
      }
      hideNotice();
      this.#enter('ready');
      onReady(kedge, got);
      await host.showModel(kedge, got.at(-1)!);
    } catch (error) {
      if (signal.aborted) await this.#withdraw();
      else this.#fail(error, () => void this.#install());
    }
  }

  /** Who cancels a download has not agreed to it: the next visit asks again. */
  async #withdraw(): Promise<void> {
    withdrawAgreement(this.#options.what);
    await this.#offer().catch((error: unknown) => this.#fail(error, () => void this.start()));
  }

  #fail(error: unknown, retry: () => void): void {
    this.#enter('failed', make('p', 'help', 'There is no model to ask yet.'));
    showNotice(error, retry);
  }

  #enter(state: 'empty' | 'downloading' | 'ready' | 'failed', ...children: readonly Node[]): void {
    this.#panel.dataset['state'] = state;
    this.#panel.replaceChildren(...children);
    this.#panel.hidden = children.length === 0;
  }

  #offered({versions, release}: Offer): HTMLElement {
    const facts = make('dl', 'facts');
    for (const {model, version, bytes} of versions)
      facts.append(make('dt', '', model), make('dd', '', `${version}: ${formatBytes(bytes)}`));
    const runtime = `${formatBytes(__RUNTIME_BYTES__)}, once for all models; less on the wire where the server compresses`;
    facts.append(make('dt', '', 'Runtime'), make('dd', '', runtime));
    const many = versions.length > 1;
    const get = this.#button('primary', many ? 'Get the models' : 'Get the model', 'get', () => {
      keepAgreement(this.#options.what);
      return this.#install();
    });
    get.disabled = versions.length < this.#options.models.length;
    const title = get.disabled
      ? 'This server has not released what is needed here.'
      : 'Nothing was downloaded for this yet. It would be:';
    const trust = `Release ${release} is signed by a key that this page trusts. Each piece is checked before it is kept.`;
    return make('div', 'offer', make('p', 'offer-title', title), facts, make('p', 'help', trust), get);
  }

  #button(className: string, text: string, name: string, act: () => unknown): HTMLButtonElement {
    const button = make('button', className, text);
    button.type = 'button';
    button.dataset['testid'] = this.#name(name);
    button.addEventListener('click', () => void act());
    return button;
  }

  #name(part: string): string {
    return `${this.#options.what}-${part}`;
  }
}

/** How far one model is. */
class Meter {
  readonly row: HTMLElement;
  readonly #bar = make('progress', '');
  readonly #bytes = make('span', '');

  constructor(model: string) {
    this.#bar.value = 0;
    this.#bar.id = `getting-${model}`;
    const label = make('label', '', model);
    label.htmlFor = this.#bar.id;
    this.row = make('div', 'meter-row wide', label, this.#bar, this.#bytes);
  }

  show(progress: Progress): void {
    if (progress.state === 'downloading') {
      this.#bar.max = progress.totalBytes || 1;
      this.#bar.value = progress.loadedBytes;
      this.#bytes.textContent = `${formatBytes(progress.loadedBytes)} of ${formatBytes(progress.totalBytes)}`;
    } else if (progress.state !== 'waiting' && progress.state !== 'patching') this.#bar.value = this.#bar.max;
  }
}
