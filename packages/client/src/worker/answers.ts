import type {Release} from '@kedge/core';
import type {ExecutionProvider, Tensors} from '../runtime/runtime.js';
import type {ImageRefused} from './images.js';
import {toWire, type WireError} from './protocol.js';

/** A `ReleaseAnswer` on its way to the page. */
export interface WireRelease {
  release: Release | undefined;
  problem: WireError | undefined;
}

export interface Started {
  /** Names the session in `run`. */
  handle: number;
  provider: ExecutionProvider;
  /** Of the runtime's binary. */
  startedBytes: number;
  /** What was met when the version was stored; why it was not started from the binary that the manifest pins. */
  problems: readonly WireError[];
}

/** This worker can start no runtime any more, and a new one begins differently. */
export interface Spent {
  spent: WireError;
}

export interface RunAnswer {
  outputs: Tensors;
  /** What it took in the worker. */
  ms: number;
}

export interface WireAnswer extends RunAnswer {
  /** What it was given, to be written over. */
  inputs: Tensors;
}

/** @throws what is no ImageRefused: that is a class of another file */
export function asSpent(error: Error & Partial<ImageRefused>): Spent {
  if (!error.spent) throw error;
  return {spent: toWire(error.spent)};
}
