import {KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Input, Model, ModelOptions, Prediction, PredictManyOptions, PredictOptions, Served} from './api.js';
import {baselineOf} from './baseline.js';
import type {HasOther} from './cut-off.js';
import type {Breaker} from './healing/breaker.js';
import type {Mending} from './healing/mending.js';
import type {Run} from './healing/runs.js';
import {areGone, areSound, asTensors, refuse, taken, toTensors} from './inputs.js';
import {untilCutOff} from './until-cut-off.js';
import {isInnocent} from './failure.js';
import type {Journal} from './journal.js';
import {type Loaded, newest, raceAbort} from './loader.js';
import {misuse} from './mistaken.js';
import {canCall} from './options.js';
import type {Tensors} from './runtime/runtime.js';
import {type Answering, type Opening, servedBy} from './served.js';
import type {Shared} from './shared.js';
import type {Stream, StreamOptions} from './stream/api.js';

/** Errors that say the caller is wrong or gone, not the model: they go to the caller, and no other version is asked. */
function isCallers({code}: KedgeError): boolean {
  return code === 'input_invalid' || code === 'closed' || code === 'superseded';
}

/** One model for one unit: the assigned version, else the previous one, else the baseline. */
export class ServedModel implements Model {
  readonly name: string;
  readonly problems: KedgeError[] = [];
  /** @internal */
  readonly shared: Shared;
  /** What is found out of the version is told there. @internal */
  readonly journal: Journal;
  readonly #opening: Opening;
  readonly #options: ModelOptions;
  #loaded: Loaded | undefined;
  /** The assigned version's description where it is known and the version can't be had. @internal */
  described: Manifest | undefined;
  /** `model` while the assigned version serves. @internal */
  source: 'model' | 'previous' = 'model';
  /** Runs that failed in a row, and where: what takes over begins anew. @internal */
  readonly failed = {at: '', runs: 0};
  /** Whether it was given up already for the version before: there may be none. @internal */
  alone = false;
  /** @internal */
  released: KedgeError | undefined;
  /** Gives the version up for a while; there from the first idle time on. @internal */
  breaker: Breaker | undefined;

  private constructor(shared: Shared, journal: Journal, opening: Opening, options: ModelOptions) {
    this.name = opening.name;
    this.shared = shared;
    this.journal = journal;
    this.#opening = opening;
    this.#options = options;
  }

  /** @throws KedgeError when neither a version nor a baseline can answer; the signal's reason */
  static async open(
    shared: Shared,
    journal: () => Promise<Journal>,
    opening: Opening,
    options: ModelOptions,
  ): Promise<ServedModel> {
    const {loader} = shared;
    const mayAnswer = async (has: HasOther) => !!options.baseline || has(shared, opening);
    const load = () => untilCutOff(options, mayAnswer, wait => loader.load(opening.digest!, {...opening, ...wait}));
    // An arm counts as assigned before anything of it is touched. What is no arm is on its way while the unit is hashed.
    const ahead = opening.assignment?.experiment === null && load();
    // Heard below.
    if (ahead) ahead.catch(() => {});
    const begun = ahead ? loader.healing().then(journal, journal) : journal();
    const model = new ServedModel(shared, await begun, opening, options);
    await model.journal.assigned();
    try {
      if (opening.refused) throw opening.refused;
      await model.#serve(await (ahead || load()));
    } catch (error) {
      const {signal} = options;
      signal?.throwIfAborted();
      await raceAbort(model.#fallBack(toKedgeError(error, 'model_invalid', opening.name), signal), signal);
    }
    return model;
  }

  get manifest(): Manifest | undefined {
    return this.#loaded?.manifest ?? this.described;
  }

  /** What computes the next answer; undefined where a baseline does. */
  get loaded(): Loaded | undefined {
    return (this.#loaded &&= newest(this.#loaded));
  }

  get served(): Served {
    const gate = this.refusal();
    const {loaded} = this;
    const why = gate ?? this.problems.at(-1);
    const by: Answering =
      gate || !loaded ? ['baseline', undefined, why] : (this.breaker?.instead ?? [this.source, loaded, why]);
    return servedBy(this.#opening, ...by);
  }

  async predict(inputs: Record<string, Input>, options: PredictOptions = {}): Promise<Prediction> {
    if (!canCall(options)) (await misuse()).checkCall('predict', options);
    // What is written into them after the call changes nothing.
    options = {...options};
    options.signal?.throwIfAborted();
    const closed = this.shared.closed ?? this.released;
    if (closed) throw closed;
    const startedMs = performance.now();
    const {manifest} = this;
    let tensors;
    try {
      tensors = manifest ? toTensors(manifest.inputs, inputs) : asTensors(inputs);
    } catch (error) {
      // Of what the page has no memory for, or of an object of the app's that throws where it is read.
      throw error instanceof RangeError
        ? this.failure(error, options)
        : toKedgeError(error, 'input_invalid', `${this.name}: reading the inputs`);
    }
    // Nothing at all is no input, though it may be an answer.
    if (!tensors || areGone(tensors)) return refuse(manifest, 'input', inputs);
    const gate = this.refusal();
    const {loaded, breaker} = this;
    if (!loaded || (gate && !breaker)) return this.answerBaseline(tensors, gate ?? this.problems.at(-1)!, startedMs);
    if (options.transfer && !gate)
      try {
        tensors = taken(tensors);
      } catch (error) {
        (await misuse()).refuseGift(tensors, error);
      }
    const run: Run = {loaded, tensors, options, startedMs, of: this, restarts: 0, alone: false, counts: true};
    const why = gate ?? breaker?.opposes(run);
    if (why) return breaker!.answer(this, run, why);
    try {
      return await this.run(run);
    } catch (error) {
      return this.#recover(run, error);
    }
  }

  /** @internal */
  baseline() {
    return baselineOf(this.manifest, this.#options.baseline);
  }

  async release(): Promise<void> {
    this.released ??= new KedgeError('closed', `${this.name} was released; call model() again`);
    await this.end();
  }

  /** @internal */
  async end(): Promise<void> {
    const {loaded} = this;
    this.#loaded = undefined;
    this.breaker?.end();
    if (loaded) await this.shared.loader.leave(loaded);
  }

  async *predictMany(
    inputs: Parameters<Model['predictMany']>[0],
    options: PredictManyOptions = {},
  ): AsyncGenerator<PromiseSettledResult<Prediction>> {
    const {predictMany} = await (await this.shared.loader.control()).many();
    yield* predictMany((each, wait) => this.predict(each, wait), inputs, options);
  }

  async stream(options: StreamOptions): Promise<Stream> {
    return (await this.shared.loader.control()).openStream(this, options);
  }

  async #serve(loaded: Loaded): Promise<void> {
    for (const problem of loaded.problems) this.note(problem, loaded);
    this.use(loaded, 'model');
    this.journal.ready(loaded);
    const healing = await this.shared.loader.healing();
    healing.consider(loaded, this.journal);
    healing.guard(this);
  }

  /** @internal */
  use(loaded: Loaded, source: 'model' | 'previous'): void {
    void this.end().catch(() => {});
    this.#loaded = loaded;
    this.source = source;
    this.shared.manifests.set(loaded.digest, loaded.manifest);
    // While it was on its way.
    if (this.released) void this.end().catch(() => {});
  }

  /** Among its problems, and told. @internal */
  note(problem: KedgeError, loaded: Loaded | undefined): void {
    if (this.problems.includes(problem)) return;
    this.problems.push(problem);
    const provider = loaded?.refused.get(problem);
    this.journal.failed(problem.code, provider ? {...loaded!, provider} : loaded);
  }

  /** The assigned version can't serve: the one installed before it, if that works. @throws the failure when nothing can answer */
  async #fallBack(failure: KedgeError, signal: AbortSignal | undefined): Promise<void> {
    this.note(failure, undefined);
    this.#loaded = undefined;
    if (failure.code !== 'model_disabled') await this.loadPrevious(signal);
    if (!this.#loaded) this.described = await this.#describe();
    if (this.shared.closed) throw this.shared.closed;
    if (!this.#loaded && !this.baseline()) throw failure;
  }

  /** Its baseline answers, and its TensorSpecs still tell a caller's mistake. */
  async #describe(): Promise<Manifest | undefined> {
    const {digest} = this.#opening;
    return digest ? this.shared.hosts[0]!.host.manifestOf(digest).catch(() => undefined) : undefined;
  }

  /** @internal */
  async loadPrevious(signal?: AbortSignal): Promise<void> {
    const previous = await this.previous(signal);
    if (previous) this.use(previous, 'previous');
  }

  /** The version before, while the assigned one serves or can't. @internal */
  async previous(signal?: AbortSignal): Promise<Loaded | undefined> {
    if (this.source === 'previous') return undefined;
    try {
      const healing = await this.shared.loader.healing();
      const {loadPrevious} = await healing.mending();
      return await loadPrevious(this.shared, this.name, this.#opening.digest, signal);
    } catch (error) {
      if (!signal?.aborted) this.note(toKedgeError(error, 'model_invalid', this.name), undefined);
      return undefined;
    }
  }

  /** @internal */
  leave(loaded: Loaded): void {
    void this.shared.loader.leave(loaded).catch(() => {});
  }

  /** A newer release may have turned the model off, or this version, since it was loaded; or the release has expired. @internal */
  refusal(loaded = this.#loaded): KedgeError | undefined {
    return loaded && this.shared.releases.refusal(this.name, loaded.manifest.version);
  }

  /** @throws what the run fails with @internal */
  async run(run: Run): Promise<Prediction> {
    const {loaded, startedMs} = run;
    const {outputs} = await loaded.runs.run(run);
    this.failed.runs = 0;
    this.breaker?.met(run, outputs);
    return this.prediction(this.source, loaded, loaded.manifest, outputs, startedMs);
  }

  /** A run failed: made again where that is safe, by another provider or version where it must be; the baseline answers last. */
  async #recover(run: Run, caught: unknown): Promise<Prediction> {
    const healing = await this.shared.loader.healing();
    const {loaded, options, startedMs} = run;
    const error = this.failure(caught, options);
    const isLate = error.code === 'deadline_exceeded';
    // Else it is the page's own, as where it has no memory for a copy of the inputs: no word against anything.
    if ((isLate || error === caught) && !isInnocent(error)) this.journal.failed(error.code, loaded);
    if (isLate) healing.guard(this, run);
    else if (error === caught)
      try {
        const mending = this.#mending().then(file => file?.recover(this, run, error));
        const prediction = await healing.inTime(mending, run);
        if (prediction) return prediction;
      } catch (again) {
        return this.#recover(run, again);
      }
    return this.answerBaseline(run.tensors, error, startedMs, run.loaded.manifest);
  }

  /** @throws what is the caller's: the signal's reason, and errors that no other version would answer differently @internal */
  failure(error: unknown, {signal}: PredictOptions): KedgeError {
    if (signal?.aborted) throw signal.reason;
    if (this.shared.closed) throw this.shared.closed;
    if (error instanceof TypeError) throw error;
    const failure = toKedgeError(error, 'runtime_unavailable', `${this.name}: copying the inputs`);
    if (isCallers(failure)) throw failure;
    return failure;
  }

  /** Starts a session that is gone with its worker, unless that is done. @internal */
  async restart(lost: Loaded): Promise<unknown> {
    return (await this.#mending())?.restart(this, lost);
  }

  /** Without the file for it the baseline answers. */
  async #mending(): Promise<Mending | undefined> {
    return (await this.shared.loader.healing()).mending().catch(() => undefined);
  }

  /** @param manifest that the tensors fit @internal */
  async answerBaseline(
    tensors: Tensors,
    why: KedgeError,
    startedMs: number,
    manifest = this.manifest,
  ): Promise<Prediction> {
    // The app's own has nothing to look at where the inputs were given away.
    const baseline = baselineOf(manifest, areGone(tensors) ? undefined : this.#options.baseline);
    if (!baseline) throw why;
    if (manifest && !areSound(manifest.inputs, tensors)) return refuse(manifest, 'input', tensors);
    return this.prediction('baseline', undefined, manifest, await baseline(tensors), startedMs, why);
  }

  /** @internal */
  prediction(
    source: Served['source'],
    loaded: Loaded | undefined,
    manifest: Manifest | undefined,
    outputs: Tensors,
    startedMs: number,
    why = this.problems.at(-1),
  ): Prediction {
    const latencyMs = performance.now() - startedMs;
    const id = this.journal.predicted(source, loaded, manifest, outputs, latencyMs);
    return {id, outputs, served: servedBy(this.#opening, source, loaded, why), latencyMs};
  }
}
