import {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
import {transferHandlers} from 'comlink';

/** An error as a message carries it: structured clone keeps neither `code` nor the class. */
export interface WireError {
  name: string;
  message: string;
  stack?: string;
  code?: ErrorCode;
  cause?: WireError;
}

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return {name: 'Error', message: String(error)};
  return {
    name: error.name,
    message: error.message,
    ...(error.stack && {stack: error.stack}),
    ...(isKedgeError(error) && {code: error.code}),
    ...(error.cause !== undefined && {cause: toWire(error.cause)}),
  };
}

export function fromWire(wire: WireError): Error {
  const options = wire.cause ? {cause: fromWire(wire.cause)} : {};
  const error: Error = wire.code ? new KedgeError(wire.code, wire.message, options) : new Error(wire.message, options);
  if (!wire.code) error.name = wire.name;
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
