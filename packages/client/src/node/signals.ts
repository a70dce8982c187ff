import {setMaxListeners} from 'node:events';
import type {Model} from '../api.js';
import {ServedModel} from '../model.js';
import type {Stream} from '../stream/api.js';

const models = ServedModel.prototype;
const {predict, stream} = models;

/**
 * Node takes the eleventh listener of a signal for a leak, and warns. Each call that waits has its own and takes it away again:
 * a signal that calls share has as many as calls wait.
 */
export function shareSignals(): void {
  models.predict = function (this: ServedModel, ...args: Parameters<Model['predict']>) {
    shared(args[1]);
    return predict.apply(this, args);
  };
  models.stream = async function (this: ServedModel, ...args: Parameters<Model['stream']>) {
    const opened = await stream.apply(this, args);
    setMaxListeners(0, (opened as unknown as {closing: AbortController}).closing.signal);
    return Object.assign(opened, {predict: predicting(opened)});
  };
}

function predicting(opened: Stream): Stream['predict'] {
  const predict = opened.predict.bind(opened);
  return (inputs, options) => {
    shared(options);
    return predict(inputs, options);
  };
}

function shared(options: {signal?: AbortSignal} | null | undefined): void {
  try {
    if (options?.signal instanceof AbortSignal) setMaxListeners(0, options.signal);
  } catch {
    // An object of the app's that throws where it is read: the call says so.
  }
}
