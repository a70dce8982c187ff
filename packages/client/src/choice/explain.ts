import type {Healing} from '../healing/healing.js';
import type {Journal} from '../journal.js';
import type {Loaded} from '../loader.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {measureAsked} from './asked.js';
import {givenUp} from './given-up.js';
import type {ExplainOptions} from './options.js';
import {type DeviceFacts, probe} from './probe.js';
import {type Candidate, goldenOf, notRun, readCandidates, refusedBy} from './rank.js';

/** Why a model computes where it does on this device. */
export interface Explanation {
  model: string;
  /** Null while no version is loaded: a baseline answers. */
  version: string | null;
  /** Which form of it; null for the full one. */
  variant: string | null;
  digest: string | null;
  /** What computes it now. */
  serves: ExecutionProvider | null;
  /** Why that one. */
  why: string;
  /** Every execution provider that the runtime may be tried on, in the app's order. */
  candidates: Candidate[];
  /** When they were measured, milliseconds since 1970; null before. */
  measuredAt: number | null;
  device: DeviceFacts;
  /** Of the spare worker: `ready`, `it starts`, or why this version has none; null without the `spare` option. */
  spare: string | null;
}

/** A model that was asked for on this page. */
export interface Asked {
  loaded: Loaded | undefined;
  journal: Journal;
}

/** @param asked undefined where it was not. @throws as `measureAsked` does */
export async function explain(
  healing: Healing,
  model: string,
  asked: Asked | undefined,
  options: ExplainOptions | undefined,
): Promise<Explanation> {
  if (asked?.loaded) await measureAsked(healing, asked.loaded, asked.journal, options);
  const loaded = asked?.loaded;
  const device = await probe();
  if (!loaded)
    return {
      ...{
        model,
        version: null,
        variant: null,
        digest: null,
        serves: null,
        candidates: [],
        measuredAt: null,
        device,
        spare: null,
      },
      why: 'no version is loaded: model() was not called on this client, or a baseline answers; see model.problems',
    };
  const {manifest, digest, provider} = loaded;
  const choice = healing.notes.choice(digest);
  const measured = readCandidates(choice?.candidates);
  const candidates = providersOf(loaded.runtime.descriptor).map(each => candidateOf(healing, each, loaded, measured));
  return {
    ...{model, version: manifest.version, variant: manifest.variant ?? null, digest},
    ...{serves: provider, why: why(loaded, candidates, choice?.provider), candidates, device},
    // What was stored may be of another version of this client, or edited by hand.
    measuredAt: typeof choice?.at === 'number' ? choice.at : null,
    spare: (await healing.runs.control()).spareOf(loaded),
  };
}

function candidateOf(
  healing: Healing,
  provider: ExecutionProvider,
  loaded: Loaded,
  measured: readonly Candidate[],
): Candidate {
  const refused = [...loaded.refused].find(([, on]) => on === provider)?.[0];
  const serves = provider === loaded.provider;
  const known = measured.find(candidate => candidate.provider === provider);
  if (serves) return {...(known ?? {...notRun(provider, ''), golden: goldenOf(loaded.manifest)}), why: null};
  const against = givenUp(healing, loaded.digest, provider);
  if (against) return {...(known ?? notRun(provider, against)), why: against};
  if (refused) return refusedBy(provider, refused);
  // Measured as the one to choose, and not begun with yet.
  return known ? {...known, why: known.why ?? 'the next start is on it'} : notRun(provider, 'not measured yet');
}

function why(
  {provider, manifest}: Loaded,
  candidates: readonly Candidate[],
  chosen: ExecutionProvider | undefined,
): string {
  if (goldenOf(manifest) === 'none')
    return 'the first one that started; the version has no golden examples to test it by';
  if (!chosen) return 'the first one that started and gave the golden outputs; nothing was measured yet';
  const instead = candidates.find(candidate => candidate.provider === chosen);
  if (chosen !== provider && instead) return `in place of ${chosen}, the fastest: ${instead.why}`;
  const others = candidates.filter(candidate => candidate.provider !== provider);
  if (others.some(({medianMs}) => medianMs !== null)) return 'the fastest that gives the golden outputs';
  if (others.length === 0) return 'there is no other';
  const wrong = others.filter(({golden}) => golden === 'failed').length;
  if (wrong === 0) return 'no other was timed';
  return wrong === others.length ? 'no other is right' : 'no other that was tried is right';
}
