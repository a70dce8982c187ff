import type {KedgeError, Manifest} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';

/** What is known of one execution provider for a version on this device. */
export interface Candidate {
  provider: ExecutionProvider;
  /** Whether the golden outputs were right there; `none` where the version has none, so that nothing tells. */
  golden: 'passed' | 'failed' | 'not_run' | 'none';
  /** Of warm runs on the first golden input, the first run left out; null where it was not timed. */
  medianMs: number | null;
  /** How many runs that is. */
  runs: number;
  /** Why it does not serve; null for the one that does. */
  why: string | null;
}

export function notRun(provider: ExecutionProvider, why: string): Candidate {
  return {provider, golden: 'not_run', medianMs: null, runs: 0, why};
}

/** Of a provider that the version was started on. */
export const goldenOf = ({golden}: Manifest) => (golden.length > 0 ? 'passed' : 'none');

/** One that an error has ruled out. */
export function refusedBy(provider: ExecutionProvider, {code, message}: KedgeError): Candidate {
  return {...notRun(provider, message), golden: code === 'golden_mismatch' ? 'failed' : 'not_run'};
}

/** What is a tenth faster may be so by chance, and another start is not free. */
const margin = 0.9;

export function median(times: readonly number[]): number | null {
  if (times.length === 0) return null;
  const sorted = [...times].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The fastest that is right; the one that serves stays where none is faster by a tenth. */
export function fastest(candidates: readonly Candidate[], serving: ExecutionProvider): ExecutionProvider {
  const timed = candidates.filter(({golden, medianMs}) => golden === 'passed' && medianMs !== null);
  const now = timed.find(({provider}) => provider === serving)?.medianMs;
  if (now === undefined || now === null) return serving;
  const best = timed.reduce((a, b) => (b.medianMs! < a.medianMs! ? b : a));
  return best.medianMs! < margin * now ? best.provider : serving;
}

/** The same with a reason for each that does not serve. */
export function explained(candidates: readonly Candidate[], chosen: ExecutionProvider): Candidate[] {
  const best = candidates.find(({provider}) => provider === chosen)?.medianMs;
  return candidates.map(candidate => {
    const {provider, medianMs, why} = candidate;
    if (provider === chosen) return {...candidate, why: null};
    if (why !== null || medianMs === null || best === null || best === undefined)
      return {...candidate, why: why ?? 'not timed'};
    const times = (medianMs / best).toFixed(medianMs < 10 * best ? 2 : 0);
    return {...candidate, why: medianMs >= best ? `takes ${times} times as long` : `less than a tenth faster`};
  });
}

/** What was stored may be of another version of this client, or edited by hand. */
export function readCandidates(value: unknown): Candidate[] {
  return Array.isArray(value) ? value.filter(isCandidate) : [];
}

function isCandidate(value: unknown): value is Candidate {
  const {provider, golden, medianMs, runs, why} = (value ?? {}) as Partial<Record<keyof Candidate, unknown>>;
  const known = /^(wasm(:\d+)?|webgpu|cpu)$/.test(String(provider));
  const told = ['passed', 'failed', 'not_run', 'none'].includes(golden as string) && typeof runs === 'number';
  const timed = medianMs === null || (typeof medianMs === 'number' && medianMs >= 0);
  return known && told && timed && (why === null || typeof why === 'string');
}
