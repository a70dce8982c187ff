import {KedgeError} from '@kedge/core';
import type {StreamPredictOptions} from './api.js';

/**
 * Waits until what was asked before has ended.
 *
 * @returns what is left of the deadline then, in milliseconds, at least a thousandth
 * @throws KedgeError `deadline_exceeded` where it passes meanwhile; the reason of a signal
 */
export async function turn(
  before: Promise<unknown>,
  {signal, deadlineMs}: StreamPredictOptions,
  name: string,
  closing: AbortSignal,
): Promise<{deadlineMs?: number}> {
  const startedMs = performance.now();
  const done = new AbortController();
  try {
    await Promise.race([
      before,
      ...[signal, closing].map(each => ended(each, done.signal)),
      after(deadlineMs, name, done.signal),
    ]);
  } finally {
    done.abort();
  }
  // What can't be a deadline is refused by `predict`.
  if (deadlineMs === undefined || !(deadlineMs > 0)) return {};
  return {deadlineMs: Math.max(0.001, deadlineMs - (performance.now() - startedMs))};
}

function ended(signal: AbortSignal | undefined, done: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), {once: true, signal: done});
  });
}

function after(deadlineMs: number | undefined, name: string, done: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (deadlineMs === undefined || !(deadlineMs > 0 && deadlineMs < 2 ** 31)) return;
    const late = () =>
      reject(new KedgeError('deadline_exceeded', `${name}: ${deadlineMs} ms passed while it waited for earlier runs`));
    const timer = setTimeout(late, deadlineMs);
    done.addEventListener('abort', () => clearTimeout(timer));
  });
}
