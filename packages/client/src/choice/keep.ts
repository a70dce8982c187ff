import type {Healing} from '../healing/healing.js';
import {chosenKey} from '../names.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Choice} from './chosen.js';
import type {Measured} from './measure.js';
import {type Candidate, explained} from './rank.js';

/** What is to be noted. */
export interface Settled {
  candidates: readonly Candidate[];
  /** The one to serve. */
  provider: ExecutionProvider;
  /** It holds for this page only: the next visit has its own time for it. */
  passing?: boolean;
}

/** What a measurement has found out; `provider` is the fastest that is right of those that were tried. */
export interface Findings extends Settled {
  /** Of which nothing was found out now: given up on this page, or no time was left. */
  untried: ReadonlySet<ExecutionProvider>;
  /** Whether time was too short for one that could run. */
  short: boolean;
}

/** Under which circumstances it holds, and in how many visits something was left open. */
export type Circumstances = Pick<Choice, 'gpu' | 'tries'>;

export function keep(
  healing: Healing,
  loaded: Measured['loaded'],
  {provider, candidates, passing}: Settled,
  circumstances: Circumstances,
): void {
  const {host, runtime, digest} = loaded;
  const choice: Choice = {
    ...{provider, at: Date.now(), candidates: explained(candidates, provider)},
    ...circumstances,
  };
  healing.notes.choose(digest, passing ? undefined : host, choice);
  // The next worker's runtime starts before anyone asks for a version, and can't change the number of its threads then.
  if (!passing && provider.startsWith('wasm'))
    void host.remember(chosenKey(runtime.descriptor.name, 'wasm'), provider).catch(() => {});
}
