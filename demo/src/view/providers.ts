import type {Candidate, ExecutionProvider, Explanation, Kedge} from '@kedge/client';
import {make} from '../dom.js';
import {formatMs} from '../format.js';
import {Measuring} from './measuring.js';

const pollMs = 1500;
/** It is measured in idle time, within seconds; after this it is not looked for any more. */
const polls = 20;

const goldenWords: Record<Candidate['golden'], string> = {
  passed: 'right',
  failed: 'wrong',
  not_run: 'not run',
  none: 'has none',
};

/** Where models compute on this device, and why there: a bar with its number for each execution provider. */
export class Providers {
  readonly #container: HTMLElement;
  readonly #facts = make('p', 'help');
  readonly #tables = new Map<string, HTMLElement>();
  readonly #measuring = new Measuring(() => void this.#measure());
  /** Those of which more can be found out here. */
  readonly #unmeasured = new Set<string>();
  #asked: {kedge: Kedge; models: readonly string[]} | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.append(this.#facts, this.#measuring.element);
  }

  /** Shows what is known of the models, and again until they were measured. */
  follow(kedge: Kedge, ...models: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#asked = {kedge, models};
    void this.#poll(kedge, models, polls);
  }

  /** Those that nobody would wait for: the visitor asks for it. */
  async #measure(): Promise<void> {
    const {kedge, models} = this.#asked!;
    await this.#measuring.run(async (signal, onStep) => {
      for (const model of models) {
        const onProvider = (provider: ExecutionProvider) => onStep(`${model} on ${provider}`);
        this.#show(await kedge.explain(model, {measure: true, signal, onProvider}));
        this.#unmeasured.delete(model);
      }
    });
    this.#measuring.offer(this.#unmeasured.size > 0);
  }

  async #poll(kedge: Kedge, models: readonly string[], left: number): Promise<void> {
    // A page without a network may miss the file that knows; then there is nothing to show.
    const found = await Promise.all(models.map(model => kedge.explain(model))).catch(() => []);
    for (const explanation of found) {
      this.#show(explanation);
      if (canMeasureMore(explanation)) this.#unmeasured.add(explanation.model);
    }
    this.#measuring.offer(this.#unmeasured.size > 0);
    this.#container.hidden = this.#tables.size === 0;
    const waits = found.some(({measuredAt, candidates}) => measuredAt === null && candidates.length > 0);
    if (waits && left > 0) this.#timer = setTimeout(() => void this.#poll(kedge, models, left - 1), pollMs);
  }

  #show(explanation: Explanation): void {
    if (explanation.candidates.length === 0) return;
    const table = providerTable(explanation);
    const before = this.#tables.get(explanation.model);
    if (before) before.replaceWith(table);
    else this.#container.insertBefore(table, this.#facts);
    this.#tables.set(explanation.model, table);
    this.#facts.textContent = wordsForDevice(explanation.device);
  }
}

/** Whether a provider was not tried that can run here. */
export function canMeasureMore({candidates, device}: Explanation): boolean {
  return candidates.some(
    ({provider, golden}) => golden === 'not_run' && (provider !== 'webgpu' || device.gpu !== null),
  );
}

function providerTable({model, candidates, why, measuredAt}: Explanation): HTMLElement {
  const slowest = Math.max(0, ...candidates.map(({medianMs}) => medianMs ?? 0));
  const heads = ['On', 'A run', 'Golden test', 'Serves'].map(text => {
    const head = make('th', '', text);
    head.scope = 'col';
    return head;
  });
  const table = make('table', 'providers-table');
  table.createCaption().append(`Where ${model} computes, measured on this device`);
  table.createTHead().append(make('tr', '', ...heads));
  table.createTBody().append(...candidates.map(candidate => row(candidate, slowest)));
  const reasons = candidates.flatMap(({provider, why}) => (why === null ? [] : [`Not ${provider}: ${why}.`]));
  const block = make('div', 'providers-block', table, make('p', 'help', [`${capital(why)}.`, ...reasons].join(' ')));
  block.dataset['testid'] = `providers-${model}`;
  block.dataset['measured'] = String(measuredAt !== null);
  return block;
}

function row({provider, medianMs, golden, why}: Candidate, slowest: number): HTMLElement {
  const name = make('th', '', provider);
  name.scope = 'row';
  const time = make('td', 'provider-time', ...(medianMs === null ? ['not timed'] : timed(medianMs, slowest)));
  const line = make('tr', why === null ? 'is-serving' : '', name, time, make('td', '', goldenWords[golden]));
  line.append(make('td', '', why === null ? 'yes' : 'no'));
  line.dataset['provider'] = provider;
  line.dataset['ms'] = medianMs === null ? '' : String(medianMs);
  return line;
}

function timed(medianMs: number, slowest: number): (Node | string)[] {
  const bar = make('span', 'provider-bar');
  bar.ariaHidden = 'true';
  bar.style.setProperty('--share', String(slowest > 0 ? medianMs / slowest : 0));
  // A tenth is what is shown of it, and nothing takes no time.
  return [bar, medianMs < 0.1 ? '< 0.1 ms' : formatMs(medianMs)];
}

/** The part of a device that decides about it. */
export function wordsForDevice({gpu, cores, isolated}: Explanation['device']): string {
  const kind = gpu?.software ? ', computed in software' : '';
  const graphics = gpu ? `GPU: ${gpu.name || 'unnamed'}${kind}` : 'No GPU for WebGPU';
  return `${graphics}; ${cores ?? 'unknown'} cores${isolated ? '' : ', one of them used, as the page is not isolated'}.`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
