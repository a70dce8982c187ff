import type {Input, Prediction, PredictOptions} from '../api.js';

export interface StreamOptions {
  /** Which output of a run is which input of the next: `{input: output}`. */
  state: Record<string, string>;
  /** What the first run gets. @default zeros; an input with a symbolic dimension has no default */
  initial?: Record<string, Input>;
}

export type StreamPredictOptions = Omit<PredictOptions, 'mode' | 'transfer'>;

export interface StreamPrediction extends Prediction {
  /**
   * `carried`: computed from the state that the run before left. `initial`: from what the stream begins with, at the start,
   * after `reset`, and where another version answers than before. `kept`: the baseline answered, and the state is as before.
   */
  state: 'carried' | 'initial' | 'kept';
}

/** Runs of one model whose state tensors go from each to the next. Whatever fails leaves the state as before. */
export interface Stream {
  /**
   * As `model.predict`, without the state's inputs, which are the stream's. Each run begins when those before it have ended.
   *
   * @throws TypeError for an input that `state` names; KedgeError `deadline_exceeded` also while it waits, `closed`
   */
  predict(inputs: Record<string, Input>, options?: StreamPredictOptions): Promise<StreamPrediction>;
  /** Runs that are asked for from now on begin anew. */
  reset(): void;
  /** What waits is rejected with `closed`, a run under way is still answered. The model stays loaded. Safe to call twice. */
  close(): void;
  [Symbol.dispose](): void;
}
