/** @typedef {import('./fault-server.mjs').Answer} Answer */
/** @typedef {import('./fault-server.mjs').Injected} Injected */

/**
 * Counts a fault once it shows: a wrong bit or an early end may lie outside of what was asked for.
 *
 * @param {Answer | undefined} answer what the fault made
 * @param {Answer} before
 * @param {Injected} state
 * @returns {Answer | undefined}
 */
export function countHits(answer, before, state) {
  const change = answer?.change;
  if (answer && change && change !== before.change) return {...answer, change: countOnce(change, state)};
  if (!answer || endsAsAsked(answer)) state.hits++;
  return answer;
}

/** Whether an early end, where there is to be one, comes before the other. @param {Answer} answer */
const endsAsAsked = ({start, end, stopAfter = -Infinity}) => start + stopAfter < end;

/** @param {NonNullable<Answer['change']>} change @param {Injected} state @returns {NonNullable<Answer['change']>} */
function countOnce(change, state) {
  let isCounted = false;
  return (piece, offset) => {
    const changed = change(piece, offset);
    if (changed !== piece && !isCounted) {
      isCounted = true;
      state.hits++;
    }
    return changed;
  };
}
