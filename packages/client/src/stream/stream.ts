import {KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Model, Prediction, PredictOptions} from '../api.js';
import type {Carrying} from '../healing/runs.js';
import {misuse} from '../mistaken.js';
import type {ServedModel} from '../model.js';
import {canCall} from '../options.js';
import type {Stream, StreamOptions, StreamPrediction, StreamPredictOptions} from './api.js';
import {copiesOf, initialOf, type Inputs} from './initial.js';
import {turn} from './turn.js';

/** @throws TypeError for a state that the model does not have, or whose first value is not known; KedgeError `input_invalid` for one that throws where it is read */
export function openStream(model: ServedModel, options: StreamOptions): Stream {
  const {state, initial: given} = options ?? {};
  const initial = given ?? {};
  if (typeof state !== 'object' || state === null)
    throw new TypeError(`stream of ${model.name}: state must name inputs and outputs, as {input: output}`);
  const stranger = Object.keys(initial).find(name => !(name in state));
  if (stranger) throw new TypeError(`stream of ${model.name}: initial.${stranger} is no input that \`state\` names`);
  const own = {state: {...state}, initial: copied(model, initial)};
  initialOf(model.manifest, own);
  return new ModelStream(model, own);
}

/** One run after the other; the state lives on the page, so that no worker takes it along. */
class ModelStream implements Stream {
  readonly #model: ServedModel;
  readonly #options: StreamOptions;
  /** What the next run gets, and the version whose numbers it is; undefined: what the stream begins with. */
  #state: {tensors: Inputs; digest: string | null} | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** @internal */
  readonly closing = new AbortController();

  constructor(model: ServedModel, options: StreamOptions) {
    this.#model = model;
    this.#options = options;
  }

  async predict(inputs: Inputs, options: StreamPredictOptions = {}): Promise<StreamPrediction> {
    if (!canCall(options)) (await misuse()).checkCall('stream.predict', options);
    options.signal?.throwIfAborted();
    this.closing.signal.throwIfAborted();
    // Which `predict` refuses.
    if (Object(inputs) !== inputs || ArrayBuffer.isView(inputs))
      return {...(await this.#model.predict(inputs)), state: 'kept'};
    const copy = copied(this.#model, inputs);
    this.#refuseState(copy);
    const before = this.#last;
    const answer = turn(before, options, this.#model.name, this.closing.signal).then(left =>
      this.#step(copy, {...options, ...left, mode: 'queue', transfer: false}),
    );
    // Also after one that gave up waiting, nothing begins before the one ahead of it has ended.
    this.#last = Promise.allSettled([before, answer]).then(() => {});
    return answer.catch((error: unknown) => {
      throw unchanged(error, options.signal);
    });
  }

  reset(): void {
    this.#last = this.#last.then(() => (this.#state = undefined));
  }

  close(): void {
    this.closing.abort(new KedgeError('closed', `the stream of ${this.#model.name} was closed; open another one`));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #refuseState(inputs: Inputs): void {
    const name = Object.keys(this.#options.state).find(each => each in inputs);
    if (name) throw new TypeError(`stream of ${this.#model.name}: ${name} is carried by the stream; leave it out`);
  }

  async #step(inputs: Inputs, options: PredictOptions): Promise<StreamPrediction> {
    const model = this.#model;
    const stateFor = this.#stateFor;
    const given = {...inputs, ...stateFor(model.loaded ?? model)};
    const call: PredictOptions & Carrying = {...options, stateFor};
    const prediction = await model.predict(given, call);
    const {digest, source} = prediction.served;
    if (source === 'baseline') return {...prediction, state: 'kept'};
    const state = this.#state?.digest === digest ? 'carried' : 'initial';
    this.#state = {tensors: this.#carried(prediction), digest};
    return {...prediction, state};
  }

  /** The state of one version means something else to another, which begins anew. Without any, the baseline is given what there is. */
  readonly #stateFor = ({digest, manifest}: {digest?: string; manifest: Manifest | undefined}): Inputs => {
    const state = this.#state;
    return state && (digest ?? state.digest) === state.digest ? state.tensors : initialOf(manifest, this.#options);
  };

  /** Copies: the outputs are the caller's. */
  #carried({outputs}: Prediction): Inputs {
    const state = Object.entries(this.#options.state).map(([input, output]) => [input, outputs[output]!]);
    return copiesOf(Object.fromEntries(state) as Inputs);
  }
}

/** @throws KedgeError where the page has no memory for it, or an object of the app's throws where it is read; as `predict` does */
function copied({name}: Model, inputs: Inputs): Inputs {
  try {
    return copiesOf(inputs);
  } catch (error) {
    if (error instanceof RangeError) throw toKedgeError(error, 'runtime_unavailable', `${name}: copying the inputs`);
    throw toKedgeError(error, 'input_invalid', `${name}: reading the inputs`);
  }
}

/** Says so where it can: a signal's reason is the caller's own. */
function unchanged(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted || !(error instanceof KedgeError)) return error;
  return new KedgeError(error.code, `${error.message}; the state of the stream is as before`, {cause: error});
}
