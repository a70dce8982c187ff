import type {ExecutionProvider, Explanation, Kedge} from '@kedge/client';
import {make} from '../dom.js';
import {Measuring} from './measuring.js';
import {providerTable} from './provider-table.js';

const pollMs = 1500;
/** For each model: nobody waits for longer. */
const budgetMs = 30_000;
/** It is measured in idle time, within seconds; after this it is not looked for any more. */
const polls = 20;

/** Where models compute on this device, and why there: a bar with its number for each execution provider. */
export class Providers {
  readonly #container: HTMLElement;
  readonly #facts = make('p', 'help');
  readonly #tables = new Map<string, HTMLElement>();
  readonly #measuring = new Measuring(() => void this.#measure());
  /** As they were last told. */
  readonly #known = new Map<string, Explanation>();
  #asked: {kedge: Kedge; models: readonly string[]} | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement) {
    this.#container = container;
    container.append(this.#facts, this.#measuring.element);
  }

  /** Shows what is known of the models, and again until they were measured. */
  follow(kedge: Kedge, ...models: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#measuring.stop();
    this.#asked = {kedge, models};
    void this.#poll(kedge, models, polls);
  }

  /** Those that nobody would wait for: the visitor asks for it. */
  async #measure(): Promise<void> {
    const {kedge, models} = this.#asked!;
    const of = models.reduce((sum, model) => sum + runnable(this.#known.get(model)).length, 0);
    let at = 0;
    await this.#measuring.run(async (signal, onStep) => {
      for (const model of models) {
        const onProvider = (provider: ExecutionProvider) => onStep(`${model} on ${provider}`, ++at, of);
        this.#show(await kedge.explain(model, {measure: true, budgetMs, signal, onProvider}));
      }
    });
    this.#offer();
  }

  async #poll(kedge: Kedge, models: readonly string[], left: number): Promise<void> {
    // A page without a network may miss the file that knows; then there is nothing to show.
    const found = await Promise.all(models.map(model => kedge.explain(model))).catch(() => []);
    for (const explanation of found) this.#show(explanation);
    this.#offer();
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
    this.#known.set(explanation.model, explanation);
    this.#facts.textContent = wordsForDevice(explanation.device);
  }

  #offer(): void {
    this.#measuring.offer(wordsForMeasuring([...this.#known.values()]));
  }
}

/** What the button says; undefined where there is nothing to compare. */
export function wordsForMeasuring(explanations: readonly Explanation[]): string | undefined {
  const comparable = explanations.map(runnable).filter(candidates => candidates.length > 1);
  if (comparable.length === 0) return undefined;
  const untried = comparable.flat().some(({golden}) => golden === 'not_run');
  return untried ? 'Measure the others' : 'Measure again';
}

/** Those that this device has. */
function runnable(explanation: Explanation | undefined) {
  const {candidates, device} = explanation ?? {candidates: [], device: {gpu: null}};
  return candidates.filter(({provider}) => provider !== 'webgpu' || device.gpu !== null);
}

/** The part of a device that decides about it. */
export function wordsForDevice({gpu, cores, isolated}: Explanation['device']): string {
  const kind = gpu?.software ? ', computed in software' : '';
  const graphics = gpu ? `GPU: ${gpu.name || 'unnamed'}${kind}` : 'No GPU for WebGPU';
  return `${graphics}; ${cores ?? 'unknown'} cores${isolated ? '' : ', one of them used, as the page is not isolated'}.`;
}
