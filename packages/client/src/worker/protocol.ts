import {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
import {transferHandlers} from 'comlink';

/** An error as a message carries it: structured clone keeps neither `code` nor the class. */
export interface WireError {
  name: string;
  message: string;
  stack?: string | undefined;
  code?: ErrorCode | undefined;
  cause?: WireError | undefined;
}

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return {name: 'Error', message: String(error)};
  const {name, message, stack, cause} = error;
  const code = isKedgeError(error) ? error.code : undefined;
  return {name, message, stack, code, cause: cause === undefined ? cause : toWire(cause)};
}

export function fromWire(wire: WireError): Error {
  const options = wire.cause ? {cause: fromWire(wire.cause)} : {};
  const error: Error = wire.code ? new KedgeError(wire.code, wire.message, options) : new Error(wire.message, options);
  error.name = wire.name;
  if (wire.stack) error.stack = wire.stack;
  return error;
}

/** comlink copies name, message and stack of what is thrown; an app that switches on `code` needs the rest. Both sides call this. */
export function keepErrors(): void {
  const isThrown = transferHandlers.get('throw')?.canHandle;
  if (!isThrown) return;
  transferHandlers.set('throw', {
    canHandle: isThrown,
    serialize: ({value}: {value: unknown}) => [toWire(value), []],
    deserialize: (wire: WireError) => {
      throw fromWire(wire);
    },
  });
}
