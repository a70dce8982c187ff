import type {Batch, ContextRow} from './batch.js';
import {errorCodes, KedgeError} from './errors.js';
import {type Context, type KedgeEvent, type Stage, stages} from './event.js';

function fromRow(row: ContextRow): Context {
  const [unit, model, experiment, phase, arm, version, digest, source, provider, release] = row;
  return {unit, model, experiment, phase, arm, version, digest, source, provider, release};
}

const class_ = (value: number) => (value < 0 ? null : value);

/**
 * The events of a batch that fits its schema.
 *
 * @throws KedgeError `events_invalid` when columns are shorter than `kinds` says, or an index points nowhere
 */
export function decodeBatch(batch: Batch): KedgeEvent[] {
  const cursors: Record<string, number> = {};
  const contexts = batch.contexts.map(fromRow);
  let at = batch.at;
  return Array.from(batch.kinds, (letter, i) => {
    const row = (cursors[letter] = (cursors[letter] ?? -1) + 1);
    at += need(batch.t[i], 't', i);
    const context = need(contexts[need(batch.c[i], 'c', i)], 'contexts', i);
    return {at, context, ...decodeFields(batch, letter, row)} as KedgeEvent;
  });
}

function need<T>(value: T | undefined, column: string, row: number): T {
  if (value === undefined)
    throw new KedgeError('events_invalid', `batch: column ${column} has no row ${row}; it is shorter than kinds says`);
  return value;
}

function decodeFields(batch: Batch, letter: string, row: number) {
  const at = <T>(column: readonly T[] | undefined, name: string) => need(column?.[row], name, row);
  const name = (column: readonly number[] | undefined, label: string) =>
    need(batch.names[at(column, label)], label, row);
  switch (letter) {
    case 'a':
      return {kind: 'assigned'};
    case 'r':
      return {
        kind: 'ready',
        durationMs: at(batch.ready?.ms, 'ready.ms'),
        downloadedBytes: at(batch.ready?.bytes, 'ready.bytes'),
      };
    case 'p':
      return {
        kind: 'prediction',
        latencyMs: at(batch.prediction?.l, 'prediction.l') / 10,
        predicted: class_(at(batch.prediction?.p, 'prediction.p')),
      };
    case 'l': {
      const ok = at(batch.label?.ok, 'label.ok');
      return {
        kind: 'label',
        correct: ok < 0 ? null : ok === 1,
        predicted: class_(at(batch.label?.p, 'label.p')),
        truth: class_(at(batch.label?.y, 'label.y')),
        error: at(batch.label?.e, 'label.e'),
      };
    }
    case 'f': {
      const code = name(batch.failure?.code, 'failure.code');
      if (!(errorCodes as readonly string[]).includes(code))
        throw new KedgeError('events_invalid', `batch: unknown error code ${code}`);
      return {
        kind: 'failure',
        code,
        stage: need<Stage>(stages[at(batch.failure?.stage, 'failure.stage')], 'stage', row),
      };
    }
    case 'm':
      return {
        kind: 'metric',
        name: name(batch.metric?.name, 'metric.name'),
        value: at(batch.metric?.value, 'metric.value'),
      };
    default:
      return {
        kind: 'dropped',
        reason: name(batch.dropped?.reason, 'dropped.reason'),
        count: at(batch.dropped?.count, 'dropped.count'),
      };
  }
}
