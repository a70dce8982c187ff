import {KedgeError} from '@kedge/core';
import type {Run} from './runs.js';

/** Its worker may be so much quicker than it ever was: once it is warm, or with a spare one. */
const hope = 2;

/** Why a call is not even given to a version: it would have no answer in time. */
export class Shed extends KedgeError {}

/**
 * Whether the calls before this one take longer than it may wait: then it costs no copy of its inputs, and what can answer instead
 * does at once. Of calls in mode `latest` one waits at most.
 */
export function shed(run: Run): Shed | undefined {
  const {mode, deadlineMs} = run.options;
  if (deadlineMs === undefined || mode === 'latest' || !run.loaded.runs.isBehind(run, hope * deadlineMs))
    return undefined;
  return new Shed('deadline_exceeded', `no answer within ${deadlineMs} ms; the calls before it take longer`);
}
