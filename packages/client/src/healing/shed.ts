import {KedgeError} from '@kedge/core';
import {isRow} from '../control/batches.js';
import {sizeOf} from '../control/buffers.js';
import type {Queue} from '../control/line.js';
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
 * Whether what is before this call takes longer than it may wait: then it costs no copy of its inputs, and what can answer
 * instead does at once. Of calls in mode `latest` one waits at most.
 */
export function shed(run: Run): Shed | undefined {
  const {mode, deadlineMs} = run.options;
  if (deadlineMs === undefined || mode === 'latest') return undefined;
  const queue = run.loaded.runs.queueOf(run.loaded);
  if (!queue || !isBehind(run, queue, hope * deadlineMs)) return undefined;
  return new Shed('deadline_exceeded', `no answer within ${deadlineMs} ms; the calls before it take longer`);
}

/** Whether its session takes longer than this for what is before it, even at its best. A larger call takes as long at least. */
function isBehind(run: Run, {waiting, running, calls, best, sizes}: Queue, ms: number): boolean {
  if (!best || best.runs < leastRuns) return false;
  const {loaded, options} = run;
  const {priority = 0} = options;
  const mayJoin = (sizes?.length ?? loaded.manifest.golden.length) > 0 && isRow(run);
  const most = (ms / best.ms) * (mayJoin ? gain : 1);
  // A thousand may wait, and most calls are behind few.
  if (waiting.length + calls <= most) return false;
  const isCounted = (before: Run, size: number) => before.loaded === loaded && size >= best.size;
  const waits = waiting.filter(call => call.priority >= priority && isCounted(call.run, call.size));
  const runs = [...running].flat().filter(before => isCounted(before, sizeOf(before)));
  return waits.length + runs.length > most;
}
