import type {Healing} from '../healing/healing.js';
import {chosenKey} from '../names.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Choice, Measured} from './measure.js';
import {type Candidate, explained, readCandidates} from './rank.js';

/** What a measurement has found out. */
export interface Findings {
  candidates: readonly Candidate[];
  /** Of which nothing was found out now: given up on this page, or no time was left. */
  untried: ReadonlySet<ExecutionProvider>;
  /** Whether time was too short for one that could run. */
  short: boolean;
  /** The fastest that is right of those that were tried. */
  provider: ExecutionProvider;
  gpu: string;
}

/**
 * Notes what was found out, and leaves what was noted `before` wherever nothing was: to ask with little time undoes no choice.
 *
 * @param before on this GPU; undefined where nothing was
 */
export function keep(healing: Healing, {loaded, asked}: Measured, found: Findings, before: Choice | undefined): void {
  const {host, runtime, digest} = loaded;
  const provider = before && found.untried.has(before.provider) ? before.provider : found.provider;
  const candidates = explained(withEarlier(found, before), provider);
  const choice = {provider, gpu: found.gpu, at: Date.now(), candidates};
  // Of this page only: the next visit has its own time for it.
  const passing = asked && found.short && !before;
  healing.notes.choose(digest, passing ? undefined : host, choice);
  // The next worker's runtime starts before anyone asks for a version, and can't change the number of its threads then.
  if (!passing && provider.startsWith('wasm'))
    void host.remember(chosenKey(runtime.descriptor.name, 'wasm'), provider).catch(() => {});
}

function withEarlier({candidates, untried}: Findings, before: Choice | undefined): Candidate[] {
  const known = readCandidates(before?.candidates);
  return candidates.map(candidate => {
    const earlier = untried.has(candidate.provider) && known.find(({provider}) => provider === candidate.provider);
    if (!earlier) return candidate;
    // By how much it is slower may have changed.
    return earlier.medianMs === null ? earlier : {...earlier, why: null};
  });
}
