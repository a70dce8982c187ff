import type {Model, TensorData} from '@kedge/client';
import {rate} from './framer.js';

/** The part of a model that is asked here. */
export type Asked = Pick<Model, 'predict'>;

const stateShape = [2, 1, 128];
const stateSize = 256;

/** Asks the model about one frame after the other; its state goes from each run into the next. */
export class Detector {
  readonly #model: Asked;
  #state: TensorData = new Float32Array(stateSize);

  constructor(model: Asked) {
    this.#model = model;
  }

  /**
   * The frames must come one after the other: call it again only when it has answered.
   *
   * @returns the probability that somebody speaks, 0..1
   */
  async next(frame: Float32Array<ArrayBuffer>, signal: AbortSignal): Promise<number> {
    const inputs = {
      input: {data: frame, shape: [1, frame.length]},
      state: {data: this.#state, shape: stateShape},
      sr: {data: BigInt64Array.of(BigInt(rate)), shape: []},
    };
    const {outputs} = await this.#model.predict(inputs, {signal});
    this.#state = outputs['stateN']!.data;
    return Number(outputs['output']!.data[0]);
  }
}
