import type {ArmCount} from '@kedge/stats';
import type {ReleasedWeights} from '../store/event-store.js';
import type {KnownArm} from './build-report.js';

export interface WeightPeriods {
  /** For each set of weights that was in force: units assigned under it, by arm. */
  counts: ArmCount[][];
  notes: string[];
}

/**
 * Units by the weights under which they were assigned. A ramp changes the weights within a phase; against the newest
 * weights alone, units that came before it would look wrong.
 */
export function weightPeriods(arms: readonly KnownArm[], released: readonly ReleasedWeights[]): WeightPeriods {
  const periods = new Map<string, ArmCount[]>();
  const known = new Set<string>();
  for (const {release, weights} of released) {
    const shares = arms.map(({arm}) => weights[arm] ?? 0);
    const period = periods.get(shares.join()) ?? shares.map(weight => ({count: 0, weight}));
    periods.set(shares.join(), period);
    known.add(String(release));
    arms.forEach(({record}, i) => (period[i]!.count += record.sums.assignedByRelease[release] ?? 0));
  }
  return {counts: [...periods.values()], notes: leftOut(arms, known)};
}

function leftOut(arms: readonly KnownArm[], known: ReadonlySet<string>): string[] {
  if (known.size === 0) return [];
  const counts = arms.flatMap(({record}) => Object.entries(record.sums.assignedByRelease));
  const units = counts.reduce((sum, [release, count]) => (known.has(release) ? sum : sum + count), 0);
  return units === 0
    ? []
    : [`${units} units were assigned under releases that were never seen here; the sample ratio leaves them out.`];
}
