import type {Findings, Settled} from './keep.js';
import type {Choice} from './chosen.js';
import {type Candidate, readCandidates} from './rank.js';

/** What was noted `before` stays wherever nothing was found out now: to ask with little time undoes no choice. */
export function settle(found: Findings, before: Choice | undefined): Settled {
  const provider = before && found.untried.has(before.provider) ? before.provider : found.provider;
  return {provider, candidates: withEarlier(found, before), passing: found.short && !before};
}

function withEarlier({candidates, untried}: Findings, before: Choice | undefined): Candidate[] {
  const known = readCandidates(before?.candidates);
  return candidates.map(candidate => {
    const earlier = untried.has(candidate.provider) && known.find(({provider}) => provider === candidate.provider);
    if (!earlier) return candidate;
    // By how much it is slower may have changed.
    if (earlier.medianMs !== null) return {...earlier, why: null};
    return earlier.golden === 'failed' ? earlier : candidate;
  });
}
