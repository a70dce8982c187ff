import type {Batch, BatchHeader, ContextRow} from './batch.js';
import {type Context, type EventKind, type KedgeEvent, stages} from './event.js';

/** Most events that one batch may hold. */
export const maxBatchEvents = 500;

function toRow(context: Context): ContextRow {
  const {unit, model, experiment, phase, arm, version, digest, source, provider, release} = context;
  return [unit, model, experiment, phase, arm, version, digest, source, provider, release];
}

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
