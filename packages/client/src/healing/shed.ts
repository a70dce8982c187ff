import {KedgeError} from '@kedge/core';
import {isRow} from '../control/batches.js';
import type {Queue} from '../control/line.js';
import type {Waiting} from '../control/waiting.js';
import type {Run} from './runs.js';

/** Its worker may be so much quicker than it ever was: with a spare one, or once it is warm. */
const hope = 2;
/** Batches of a small model were found to make it twice as quick. */
const gain = 4;
/** From so many answers on it is known how quick a session can be; the first, which is cold, is none of them. */
const leastRuns = 3;

/** Why a call is not even given to a version: it would have no answer in time. */
export class Shed extends KedgeError {}

/**
 * Whether what waits before this call takes longer than it may wait: then it costs no copy of its inputs, and what can answer
 * instead does at once. Of calls in mode `latest` one waits at most.
 */
export function shed(run: Run): Shed | undefined {
  const {mode, deadlineMs} = run.options;
  if (deadlineMs === undefined || mode === 'latest') return undefined;
  const queue = run.loaded.runs.queueOf(run.loaded);
  if (!queue || !isBehind(run, queue, hope * deadlineMs)) return undefined;
  return new Shed('deadline_exceeded', `no answer within ${deadlineMs} ms; the calls before it take longer`);
}

/** Whether its session takes longer than this for what waits before it, even at its best. A larger call takes as long at least. */
function isBehind(run: Run, {waiting, best, sizes}: Queue, ms: number): boolean {
  if (!best || best.runs < leastRuns) return false;
  const {loaded, options} = run;
  const {priority = 0} = options;
  const mayJoin = (sizes?.length ?? loaded.manifest.golden.length) > 0 && isRow(run);
  const most = (ms / best.ms) * (mayJoin ? gain : 1);
  // A thousand may wait, and most calls are behind few.
  if (waiting.length <= most) return false;
  const isBefore = (call: Waiting) => call.run.loaded === loaded && call.priority >= priority && call.size >= best.size;
  return waiting.filter(isBefore).length > most;
}
