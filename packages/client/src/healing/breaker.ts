import {KedgeError, type Manifest} from '@kedge/core';
import type {Prediction} from '../api.js';
import type {Loaded} from '../loader.js';
import type {ServedModel} from '../model.js';
import type {Tensors} from '../runtime/runtime.js';
import type {Answering} from '../served.js';
import {Circuit} from './circuit.js';
import {Collapse} from './collapse.js';
import {inputsFor} from './inputs-for.js';
import {giveUp, type Standing} from './recovery.js';
import type {Run} from './runs.js';
import {Shed, shed} from './shed.js';

/** Deadlines that are missed one after the other: after so many, calls with one are not given to the version. */
const lateAfter = 5;

/** The model that is guarded. */
export interface Guarded {
  /** What serves; undefined where a baseline does. */
  readonly loaded: Loaded | undefined;
  /** Among its problems, and told. */
  note(problem: KedgeError, loaded: Loaded): void;
  /** The version before, where there is one and the assigned one serves. Never rejects. */
  previous(): Promise<Loaded | undefined>;
  /** Why the release in force does not let it answer. */
  refusal(loaded: Loaded): KedgeError | undefined;
  /** What answers without any version; undefined where nothing does. */
  baseline(): unknown;
  /** Gives it back. */
  leave(previous: Loaded): void;
}

/** Gives a version up for a while that is too late again and again, or has collapsed. It is tried now and then. */
export class Breaker {
  readonly #model: Guarded;
  readonly #late = new Circuit();
  readonly #collapsed = new Circuit();
  #missed = 0;
  #missedAt = 0;
  #digest = '';
  #collapse: Collapse | undefined;
  #why: {late?: KedgeError; collapsed?: KedgeError} = {};
  /** The version before, which answers meanwhile. */
  previous: Loaded | undefined;
  /** Calls that were made together bring one version. */
  #bringing: Promise<Standing | undefined> | undefined;

  constructor(model: Guarded) {
    this.#model = model;
  }

  /** Whether any call may be kept from the version. */
  get open(): boolean {
    return this.#late.open || this.#collapsed.open;
  }

  /** The version before, where it may answer. */
  get #before(): Loaded | undefined {
    const {previous} = this;
    return previous && !this.#model.refusal(previous) ? previous : undefined;
  }

  /** What answers the next call, and why, where none is for the version, with a deadline or without. */
  get instead(): Answering | undefined {
    if (!this.#collapsed.keeps) return undefined;
    const before = this.#before;
    if (!before && !this.#model.baseline()) return undefined;
    return [before ? 'previous' : 'baseline', before, this.#why.collapsed];
  }

  /** Why a call is not for the version. What has no deadline has no cause to be late. */
  opposes(run: Run): KedgeError | undefined {
    if (this.open && (this.#before ?? this.#model.baseline())) {
      if (!this.#collapsed.passes()) return this.#why.collapsed;
      if (run.options.deadlineMs !== undefined && !this.#late.passes()) return this.#why.late;
    }
    return shed(run);
  }

  /** The version before answers where it is here, else the baseline. @throws what is the caller's */
  async answer(model: ServedModel, run: Run, why: KedgeError): Promise<Prediction> {
    if (why instanceof Shed) {
      model.journal.failed(why.code, run.loaded);
      return model.answerBaseline(run.tensors, why, run.startedMs, run.loaded.manifest);
    }
    if (isRevoked(model, run.loaded)) return this.#answerRevoked(model, run, why);
    const {startedMs} = run;
    const {loaded} = run;
    const previous = this.#before;
    const tensors = previous && inputsFor(run, previous);
    // What waits has a copy. Without a wait the baseline reads the caller's own, which may change once `predict` has returned.
    const outputs = tensors && (await this.#ask(model, Object.assign(run, {loaded: previous, tensors})));
    return outputs
      ? model.prediction('previous', run.loaded, run.loaded.manifest, outputs, startedMs, why)
      : model.answerBaseline(inputsAgain(run, loaded), why, startedMs, loaded.manifest);
  }

  /** A release that came while it was loaded has revoked it: the version before takes its place, for this call and for those to come. */
  async #answerRevoked(model: ServedModel, run: Run, why: KedgeError): Promise<Prediction> {
    const revoked = run.loaded;
    if (model.source === 'model' && !model.alone) this.#bringing = giveUp(model, revoked, why);
    const loaded = (await this.#bringing)?.loaded;
    // That may be the one that is revoked now.
    const tensors = loaded && loaded.digest !== revoked.digest && inputsFor(run, loaded);
    const outputs = tensors && (await this.#ask(model, Object.assign(run, {loaded, tensors})));
    return outputs
      ? model.prediction('previous', loaded, loaded.manifest, outputs, run.startedMs, why)
      : model.answerBaseline(inputsAgain(run, revoked), why, run.startedMs, revoked.manifest);
  }

  async #ask(model: ServedModel, run: Run): Promise<Tensors | undefined> {
    try {
      return (await run.loaded.runs.run(run)).outputs;
    } catch (error) {
      model.failure(error, run.options);
      this.end();
      return undefined;
    }
  }

  met({loaded, options, tensors}: Run, outputs: Tensors): void {
    if (options.deadlineMs !== undefined) {
      this.#missed = 0;
      this.#late.close();
    }
    this.#look(loaded, tensors, outputs);
    if (!this.open) this.end();
  }

  #look(loaded: Loaded, inputs: Tensors, outputs: Tensors): void {
    const {digest, manifest} = loaded;
    if (digest !== this.#digest) this.#collapse = Collapse.of(manifest);
    this.#digest = digest;
    if (!this.#collapse?.saw(inputs, outputs)) return this.#collapsed.close();
    this.#why.collapsed ??= problem(
      'output_invalid',
      manifest,
      'the same scores to the bit for one input after another',
    );
    this.#trip(this.#collapsed, this.#why.collapsed, loaded);
  }

  /** Calls that waited behind one and the same run count once. */
  missed({startedMs, loaded}: Run): void {
    if (startedMs < this.#missedAt) return;
    this.#missedAt = performance.now();
    if (++this.#missed < lateAfter && !this.#late.open) return;
    this.#why.late ??= problem('deadline_exceeded', loaded.manifest, `${lateAfter} deadlines in a row were missed`);
    this.#trip(this.#late, this.#why.late, loaded);
  }

  #trip(circuit: Circuit, why: KedgeError, loaded: Loaded): void {
    const {open} = circuit;
    circuit.trip();
    this.#model.note(why, loaded);
    if (!open && !this.previous) void this.#bringPrevious(circuit);
  }

  async #bringPrevious(circuit: Circuit): Promise<void> {
    const previous = await this.#model.previous();
    if (!previous) return;
    if (this.previous || !circuit.open || !this.#model.loaded) this.#model.leave(previous);
    else this.previous = previous;
  }

  /** The version before is needed no more, or failed. */
  end(): void {
    const {previous} = this;
    this.previous = undefined;
    if (previous) this.#model.leave(previous);
  }
}

/** For the version that was asked first, where the one in its place has failed. */
function inputsAgain(run: Run, first: Loaded): Tensors {
  return (run.loaded !== first && inputsFor(run, first)) || run.tensors;
}

/** Rather than that the model is off, or its release too old: then no version serves. */
function isRevoked({name, shared}: ServedModel, {manifest}: Loaded): boolean {
  const {enabled, revoked} = shared.releases.release?.models[name] ?? {};
  return enabled !== false && !!revoked?.includes(manifest.version);
}

function problem(code: 'deadline_exceeded' | 'output_invalid', {model, version}: Manifest, what: string): KedgeError {
  return new KedgeError(code, `${model} ${version}: ${what}; it is given up for a while`);
}

/** @param missed a run that was late */
export function guard(model: Guarded & {breaker: Breaker | undefined}, missed?: Run): void {
  model.breaker ??= new Breaker(model);
  if (missed) model.breaker.missed(missed);
}
