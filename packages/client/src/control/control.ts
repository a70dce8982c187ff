import type {PredictOptions} from '../api.js';
import type {Healing} from '../healing/healing.js';
import type {Run, Sending} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import type {ServedModel} from '../model.js';
import type {RunAnswer} from '../worker/answers.js';
import type {Host} from '../worker/host.js';
import {Watch} from '../healing/watch.js';
import type {Stream, StreamOptions} from '../stream/api.js';
import {later} from '../worker/later.js';
import type {Spares} from '../spare.js';
import {Line, type Queue} from './line.js';

/** What waits for the workers of a client: a line for each of them. */
export class Control {
  readonly #lines = new WeakMap<Host, Line>();
  readonly #sending: Sending;
  #calls = 0;
  #spares: Spares | undefined;
  #bringing: Promise<unknown> | undefined;

  constructor(sending: Sending) {
    this.#sending = sending;
  }

  run(run: Run): Promise<RunAnswer> {
    checkMode(run.options.mode);
    run.nth ??= this.#calls++;
    return this.#lineOf(run.loaded.host).run(run);
  }

  queueOf(loaded: Loaded): Queue {
    return this.#lineOf(loaded.host).queueOf(loaded);
  }

  /** @throws KedgeError `network` */
  many(): Promise<typeof import('../many.js')> {
    return later('many', import('../many.js'));
  }

  /** @throws KedgeError `network`; TypeError for options that can't be */
  async openStream(model: ServedModel, options: StreamOptions): Promise<Stream> {
    const {openStream} = await later('stream', import('../stream.js'));
    return openStream(model, options);
  }

  /** Finds out when one of the workers is silent. Where the app wants spare ones, they start with the next runs. */
  watch(healing: Healing): void {
    const {hangSeconds = 60, spare} = healing.options;
    // For a page that goes offline before it asks for one of these.
    import('../stream.js').catch(() => {});
    import('../many.js').catch(() => {});
    for (const {host} of healing.hosts) host.watch ??= new Watch(host, 1000 * hangSeconds);
    if (spare) this.#bringing ??= this.#bringSpares(healing);
  }

  /** Without the file for it a page does as without the option, until the next worker starts. */
  async #bringSpares(healing: Healing): Promise<void> {
    try {
      const {Spares} = await import('../spare.js');
      this.#spares = new Spares(healing, (spare, first) => {
        this.watch(healing);
        this.#lines.set(spare, this.#lineOf(first));
      });
    } catch {
      this.#bringing = undefined;
    }
  }

  /** What its spare worker does, see `Explanation`. */
  spareOf(loaded: Loaded): string | null {
    return this.#spares?.tell(loaded) ?? null;
  }

  async drained(loaded: Loaded): Promise<void> {
    await this.#lineOf(loaded.host).drained(loaded);
    await this.#spares?.drop(loaded, spare => this.#lineOf(spare.host).drained(spare));
  }

  #lineOf(host: Host): Line {
    if (!this.#lines.has(host)) this.#lines.set(host, new Line(this.#sending, () => this.#spares));
    return this.#lines.get(host)!;
  }
}

function checkMode(mode: PredictOptions['mode']): void {
  if (mode !== undefined && mode !== 'queue' && mode !== 'latest')
    throw new TypeError(`predict: mode must be 'queue' or 'latest', got ${String(mode)}`);
}
