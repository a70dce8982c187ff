import * as z from 'zod/mini';
import {errorCodes, KedgeError} from './errors.js';
import {type Context, type EventKind, type KedgeEvent, type Stage, stages} from './event.js';

/** Most events that one batch may hold. */
export const maxBatchEvents = 500;

const text = z.string().check(z.maxLength(256));
const integer = z.int();
const index = z.int().check(z.nonnegative());
const number = z.number();

/** A context's fields by position: their names would be a tenth of a small batch. */
const ContextRow = z.tuple([
  /* unit */ text,
  /* model */ text,
  /* experiment */ z.nullable(text),
  /* phase */ integer,
  /* arm */ z.nullable(text),
  /* version */ z.nullable(text),
  /* digest */ z.nullable(text),
  /* source */ z.enum(['model', 'previous', 'baseline']),
  /* provider */ z.nullable(text),
  /* release */ integer,
]);
type ContextRow = z.infer<typeof ContextRow>;

function toRow(context: Context): ContextRow {
  const {unit, model, experiment, phase, arm, version, digest, source, provider, release} = context;
  return [unit, model, experiment, phase, arm, version, digest, source, provider, release];
}

function fromRow(row: ContextRow): Context {
  const [unit, model, experiment, phase, arm, version, digest, source, provider, release] = row;
  return {unit, model, experiment, phase, arm, version, digest, source, provider, release};
}

/**
 * Many events in one request, columnar: `kinds` has one letter for each event, in order; the other columns hold the
 * fields of the kinds that have them, in the same order. Event `i` is number `seq + i` of its producer's `epoch`, which is
 * how the collector knows what it already has.
 */
export const Batch = z.object({
  schema: z.literal('kedge.batch/1'),
  writeKey: text,
  /** Random, one for each store (browser profile and origin). */
  producer: text,
  /** Random, anew whenever the outbox was created. */
  epoch: text,
  seq: index,
  /** The first event's time, in milliseconds since 1970. */
  at: number,
  sdk: text,
  contexts: z.array(ContextRow).check(z.maxLength(maxBatchEvents)),
  /** Error codes, metric names and drop reasons, named once. */
  names: z.array(text).check(z.maxLength(maxBatchEvents)),
  kinds: z.string().check(z.regex(/^[arplfmd]*$/), z.minLength(1), z.maxLength(maxBatchEvents)),
  /** For every event: its context's index, and the milliseconds since the event before it. */
  c: z.array(index),
  t: z.array(integer),
  ready: z.optional(z.object({ms: z.array(number), bytes: z.array(number)})),
  /** Latency in tenths of a millisecond; predicted class or -1. */
  prediction: z.optional(z.object({l: z.array(integer), p: z.array(integer)})),
  /** 1, 0, or -1 when it is not known; predicted and true class or -1; error for what is not a classification. */
  label: z.optional(
    z.object({ok: z.array(integer), p: z.array(integer), y: z.array(integer), e: z.array(z.nullable(number))}),
  ),
  failure: z.optional(z.object({code: z.array(index), stage: z.array(index)})),
  metric: z.optional(z.object({name: z.array(index), value: z.array(number)})),
  dropped: z.optional(z.object({reason: z.array(index), count: z.array(number)})),
});
export type Batch = z.infer<typeof Batch>;

export type BatchHeader = Pick<Batch, 'writeKey' | 'producer' | 'epoch' | 'seq' | 'sdk'>;

const letters: Record<EventKind, string> = {
  assigned: 'a',
  ready: 'r',
  prediction: 'p',
  label: 'l',
  failure: 'f',
  metric: 'm',
  dropped: 'd',
};

class Dictionary<T> {
  readonly items: T[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(item: T): number {
    const key = JSON.stringify(item);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

const flag = (value: boolean | null) => (value === null ? -1 : Number(value));

/** Events, in order, as one batch. */
export function encodeBatch(header: BatchHeader, events: readonly KedgeEvent[]): Batch {
  const contexts = new Dictionary<ContextRow>();
  const names = new Dictionary<string>();
  const at = Math.round(events[0]?.at ?? 0);
  let before = at;
  const batch: Batch = {
    schema: 'kedge.batch/1',
    ...header,
    at,
    contexts: contexts.items,
    names: names.items,
    kinds: '',
    c: [],
    t: [],
  };
  for (const event of events) {
    batch.kinds += letters[event.kind];
    batch.c.push(contexts.indexOf(toRow(event.context)));
    batch.t.push(Math.round(event.at) - before);
    before = Math.round(event.at);
    appendFields(batch, event, names);
  }
  return batch;
}

function appendFields(batch: Batch, event: KedgeEvent, names: Dictionary<string>): void {
  switch (event.kind) {
    case 'assigned':
      return;
    case 'ready': {
      const column = (batch.ready ??= {ms: [], bytes: []});
      column.ms.push(Math.round(event.durationMs));
      column.bytes.push(event.downloadedBytes);
      return;
    }
    case 'prediction': {
      const column = (batch.prediction ??= {l: [], p: []});
      column.l.push(Math.round(event.latencyMs * 10));
      column.p.push(event.predicted ?? -1);
      return;
    }
    case 'label': {
      const column = (batch.label ??= {ok: [], p: [], y: [], e: []});
      column.ok.push(flag(event.correct));
      column.p.push(event.predicted ?? -1);
      column.y.push(event.truth ?? -1);
      column.e.push(event.error);
      return;
    }
    case 'failure': {
      const column = (batch.failure ??= {code: [], stage: []});
      column.code.push(names.indexOf(event.code));
      column.stage.push(stages.indexOf(event.stage));
      return;
    }
    case 'metric': {
      const column = (batch.metric ??= {name: [], value: []});
      column.name.push(names.indexOf(event.name));
      column.value.push(event.value);
      return;
    }
    case 'dropped': {
      const column = (batch.dropped ??= {reason: [], count: []});
      column.reason.push(names.indexOf(event.reason));
      column.count.push(event.count);
      return;
    }
  }
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
