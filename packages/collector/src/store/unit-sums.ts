/** What one unit did in one arm. Times are the device's clock in milliseconds since 1970, the earliest of each kind. */
export interface UnitSums {
  assignedAt: number | null;
  readyAt: number | null;
  servedAt: number | null;
  labelledAt: number | null;
  predictions: number;
  labels: number;
  /** Labels that say right or wrong. */
  judged: number;
  correct: number;
}

export const emptyUnit = (): UnitSums => ({
  assignedAt: null,
  readyAt: null,
  servedAt: null,
  labelledAt: null,
  predictions: 0,
  labels: 0,
  judged: 0,
  correct: 0,
});

/** Which of the four states a unit has reached, one bit each. */
export const states = {assigned: 1, ready: 2, served: 4, labelled: 8} as const;

/** A unit's states as bits, 0 to 15. */
export function stateBits(unit: UnitSums): number {
  return (
    (unit.assignedAt === null ? 0 : states.assigned) |
    (unit.readyAt === null ? 0 : states.ready) |
    (unit.servedAt === null ? 0 : states.served) |
    (unit.labelledAt === null ? 0 : states.labelled)
  );
}
