import type {Context} from '@kedge/core';
import {applyEvent, countUnit} from '../store/apply-event.js';
import type {ReceivedBatch} from '../store/event-store.js';
import type {UnitSums} from '../store/unit-sums.js';
import type {ArmEntry, ArmTable} from './arm-table.js';
import type {UnitTable} from './unit-table.js';

/** Where the events of one context count. */
interface Target {
  arm: ArmEntry;
  /** Undefined for events without a unit: they count in their arm only. */
  unit: UnitSums | undefined;
}

/** Counts a batch's events into arms and units. */
export class Counter {
  readonly #arms: ArmTable;
  readonly #units: UnitTable;

  constructor(arms: ArmTable, units: UnitTable) {
    this.#arms = arms;
    this.#units = units;
  }

  /** @param fresh indexes `[start, end)` of the events that are new */
  count({project, events}: ReceivedBatch, fresh: readonly (readonly [number, number])[]): void {
    // A batch has few contexts, and the events of one share it by identity.
    const byContext = new Map<Context, Target>();
    const byUnit = new Map<UnitSums, ArmEntry>();
    for (const [start, end] of fresh)
      for (const event of events.slice(start, end)) {
        let target = byContext.get(event.context);
        if (!target) {
          target = this.#target(project, event.context, byUnit);
          byContext.set(event.context, target);
        }
        applyEvent(target.arm.sums, target.unit, event);
      }
    for (const [unit, arm] of byUnit) countUnit(arm.sums, unit, 1);
  }

  /** Finds arm and unit; a unit's old share is taken out once and comes back when all of its events are applied. */
  #target(project: string, context: Context, opened: Map<UnitSums, ArmEntry>): Target {
    const {experiment, model} = context;
    const key = {project, experiment: experiment ?? '', phase: context.phase, model, arm: context.arm ?? ''};
    const arm = this.#arms.open(key);
    if (context.unit === '') return {arm, unit: undefined};
    this.#noteCrossing(context.unit, arm);
    const unit = this.#units.open(context.unit, arm.id);
    if (!opened.has(unit)) {
      countUnit(arm.sums, unit, -1);
      opened.set(unit, arm);
    }
    return {arm, unit};
  }

  /** A unit seen in a second arm of one question says that assignment leaks; it is counted once, where it came to. */
  #noteCrossing(unit: string, arm: ArmEntry): void {
    const seen = this.#units.armsOf(unit);
    if (seen.size === 0 || seen.has(arm.id)) return;
    const siblings = [...seen.keys()].filter(id => this.#arms.byId(id).question === arm.question);
    if (siblings.length === 1) arm.sums.crossedUnits++;
  }
}
