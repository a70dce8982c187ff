import * as z from 'zod/mini';
import {maxBatchEvents} from './encode-batch.js';

const text = z.string().check(z.maxLength(256));
const integer = z.int();
const index = z.int().check(z.nonnegative());
/** What a sum of squares survives; no honest metric is larger. */
const number = z.number().check(z.gte(-1e15), z.lte(1e15));
const amount = z.number().check(z.gte(0), z.lte(1e15));
/** 2000 to 2100: a clock outside them says nothing. */
const instant = z.number().check(z.gte(946_684_800_000), z.lte(4_102_444_800_000));
const classIndex = z.int().check(z.gte(-1));

/** A context's fields by position: their names would be a tenth of a small batch. */
const ContextRow = z.tuple([
  /* unit */ text,
  /* model */ text,
  /* experiment */ z.nullable(text),
  /* phase */ index,
  /* arm */ z.nullable(text),
  /* version */ z.nullable(text),
  /* digest */ z.nullable(text),
  /* source */ z.enum(['model', 'previous', 'baseline']),
  /* provider */ z.nullable(text),
  /* release */ index,
]);
export type ContextRow = z.infer<typeof ContextRow>;

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
  /** Random, one for each client instance: no other numbers its events. */
  epoch: text,
  seq: index,
  /** The first event's time, in milliseconds since 1970. */
  at: instant,
  sdk: text,
  contexts: z.array(ContextRow).check(z.maxLength(maxBatchEvents)),
  /** Error codes, metric names and drop reasons, named once. */
  names: z.array(text).check(z.maxLength(maxBatchEvents)),
  kinds: z.string().check(z.regex(/^[arplfmd]*$/), z.minLength(1), z.maxLength(maxBatchEvents)),
  /** For every event: its context's index, and the milliseconds since the event before it. */
  c: z.array(index),
  t: z.array(integer),
  ready: z.optional(z.object({ms: z.array(amount), bytes: z.array(amount)})),
  /** Latency in tenths of a millisecond; predicted class or -1. */
  prediction: z.optional(z.object({l: z.array(index), p: z.array(classIndex)})),
  /** 1, 0, or -1 when it is not known; predicted and true class or -1; error for what is not a classification. */
  label: z.optional(
    z.object({
      ok: z.array(z.int().check(z.gte(-1), z.lte(1))),
      p: z.array(classIndex),
      y: z.array(classIndex),
      e: z.array(z.nullable(number)),
    }),
  ),
  failure: z.optional(z.object({code: z.array(index), stage: z.array(index)})),
  metric: z.optional(z.object({name: z.array(index), value: z.array(number)})),
  dropped: z.optional(z.object({reason: z.array(index), count: z.array(amount)})),
});
export type Batch = z.infer<typeof Batch>;

export type BatchHeader = Pick<Batch, 'writeKey' | 'producer' | 'epoch' | 'seq' | 'sdk'>;
