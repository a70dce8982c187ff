import type {Heard} from './listening.js';
import type {Segment} from './segments.js';

const seconds = (ms: number) => (ms / 1000).toFixed(1);

/** One stretch of speech: `0.9 s to 2.0 s`. */
export function wordsForSegment({startMs, endMs}: Segment): string {
  return endMs === undefined ? `${seconds(startMs)} s until now` : `${seconds(startMs)} s to ${seconds(endMs)} s`;
}

/** All that was heard, for people who can't see the curve. */
export function wordsForHeard({segments}: Heard, durationMs: number): string {
  const spoken = segments.reduce((sum, {startMs, endMs = durationMs}) => sum + endMs - startMs, 0);
  const heard = `${seconds(durationMs)} s heard`;
  if (segments.length === 0) return `${heard}, and nobody spoke.`;
  const count = segments.length === 1 ? '1 stretch' : `${segments.length} stretches`;
  return `${heard}: ${count} of speech, ${seconds(spoken)} s in all.`;
}
