import type {Assignment, Context, ErrorCode, KedgeEvent, Manifest, Source} from '@kedge/core';
import {stageOf} from './failure.js';
import type {Loaded} from './loader.js';
import {rowsOf} from './rows.js';
import type {Tensors} from './runtime/runtime.js';
import type {TelemetryPort} from './telemetry/open.js';

/** Who answers for a unit, for the telemetry's lineage. */
export interface Lineage {
  unit: string;
  model: string;
  assignment: Assignment | undefined;
  release: number;
}

/** What one unit's model tells: assigned, ready, served, labelled, and what failed. */
export class Journal {
  readonly #telemetry: TelemetryPort;
  readonly #lineage: Lineage;
  /** One object for each answerer, so that a batch can name it once. */
  readonly #contexts = new Map<string, Context>();

  constructor(telemetry: TelemetryPort, lineage: Lineage) {
    this.#telemetry = telemetry;
    this.#lineage = lineage;
  }

  context(source: Source, loaded: Pick<Loaded, 'manifest' | 'digest' | 'provider'> | undefined): Context {
    const key = `${source} ${loaded?.digest} ${loaded?.provider}`;
    const known = this.#contexts.get(key);
    if (known) return known;
    const {unit, model, assignment, release} = this.#lineage;
    const context: Context = {
      unit,
      model,
      experiment: assignment?.experiment?.key ?? null,
      phase: assignment?.experiment?.phase ?? 0,
      arm: assignment?.experiment ? assignment.arm.key : null,
      version: loaded?.manifest.version ?? null,
      digest: loaded?.digest ?? null,
      source,
      provider: loaded?.provider ?? null,
      release,
    };
    this.#contexts.set(key, context);
    return context;
  }

  /** Durable before it resolves: an arm whose artifact never arrives must still count as assigned. */
  async assigned(): Promise<void> {
    if (!this.#lineage.assignment?.experiment) return;
    this.#record({kind: 'assigned', at: Date.now(), context: this.context('model', undefined)});
    await this.#telemetry.written();
  }

  /** Time and bytes are the installation's, told by the unit that began it; for the others of a page it was there. */
  ready(loaded: Loaded): void {
    const {durationMs, downloadedBytes} = loaded.told ? {durationMs: 0, downloadedBytes: 0} : loaded;
    loaded.told = true;
    this.#record({kind: 'ready', at: Date.now(), context: this.context('model', loaded), durationMs, downloadedBytes});
  }

  failed(code: ErrorCode, loaded: Loaded | undefined): void {
    this.#record({kind: 'failure', at: Date.now(), context: this.context('model', loaded), code, stage: stageOf(code)});
  }

  /** One event for each row. @returns the name of the first; the others follow as `<id>+1`, `<id>+2`, … */
  predicted(
    source: Source,
    loaded: Loaded | undefined,
    manifest: Manifest | undefined,
    outputs: Tensors,
    latencyMs: number,
  ): string {
    const context = this.context(source, loaded);
    let first = '';
    for (const row of rowsOf(manifest, outputs)) {
      const event: KedgeEvent = {kind: 'prediction', at: Date.now(), context, latencyMs, predicted: row.predicted};
      const id = this.#telemetry.record(event, {context, ...row});
      first ||= id;
    }
    return first;
  }

  /** @param loaded whose provider it is about, where it is about one */
  metric(name: string, value: number, loaded?: Loaded): void {
    this.#record({kind: 'metric', at: Date.now(), context: this.context('model', loaded), name, value});
  }

  #record(event: KedgeEvent): void {
    this.#telemetry.record(event);
  }
}
