import {isUtf8} from 'node:buffer';
import {Batch, decodeBatch, KedgeError, type KedgeEvent, parse} from '@kedge/core';

/** What JSON can say and a database's text cannot keep: lone surrogates and NUL. */
const unstorable = /\\u(?:[dD][89a-fA-F]|0000)/;

const storable = (_key: string, value: unknown) =>
  typeof value === 'string' ? Buffer.from(value).toString().replaceAll('\0', '\ufffd') : value;

/**
 * The JSON value of a body.
 *
 * @throws KedgeError `events_invalid`, showing how the body begins
 */
export function parseBody(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new KedgeError('events_invalid', 'body: not UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  try {
    return JSON.parse(text, unstorable.test(text) ? storable : undefined);
  } catch (cause) {
    const start = JSON.stringify(text.slice(0, 24));
    throw new KedgeError('events_invalid', `body: not JSON, it begins with ${start}`, {cause});
  }
}

/** A batch, and its events in order. */
export interface ParsedBatch {
  batch: Batch;
  events: KedgeEvent[];
}

/**
 * A body's value as a batch with its events.
 *
 * @throws KedgeError `events_invalid`, naming the field
 */
export function parseBatch(value: unknown): ParsedBatch {
  const batch = parse(Batch, value, 'events_invalid', 'batch');
  if (!Number.isSafeInteger(batch.seq + batch.kinds.length))
    throw new KedgeError('events_invalid', `batch: seq ${batch.seq} is past the largest safe integer`);
  return {batch, events: decodeBatch(batch)};
}
