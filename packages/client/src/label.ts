import type {KedgeEvent, Manifest} from '@kedge/core';
import type {Label} from './api.js';
import type {LedgerEntry} from './telemetry/outbox.js';

function classIndex(label: number | string, manifest: Manifest | undefined): number | undefined {
  const index = typeof label === 'number' ? label : (manifest?.classes?.indexOf(label) ?? -1);
  const count = manifest?.classes?.length ?? Infinity;
  return Number.isInteger(index) && index >= 0 && index < count ? index : undefined;
}

/** The label joined with its prediction, on the device; undefined when it does not fit the task. */
export function labelEvent(entry: LedgerEntry, label: Label, manifest: Manifest | undefined): KedgeEvent | undefined {
  const {context, predicted, value} = entry;
  const event = {kind: 'label' as const, at: Date.now(), context, predicted, truth: null, error: null};
  if ('correct' in label)
    return typeof label.correct === 'boolean'
      ? {...event, correct: label.correct, ...(label.correct && {truth: predicted})}
      : undefined;
  if ('value' in label)
    return Number.isFinite(label.value) && value !== null
      ? {...event, correct: null, error: value - label.value}
      : undefined;
  const truth = classIndex(label.class, manifest);
  return truth === undefined ? undefined : {...event, truth, correct: predicted === null ? null : predicted === truth};
}
