import type {Context} from '@kedge/core';
import {afterEach, beforeEach, expect, test} from 'vitest';
import type {Group, Outbox} from './outbox.js';

export const context: Context = {
  unit: 'u',
  model: 'm',
  experiment: null,
  phase: 0,
  arm: null,
  version: '1.0.0',
  digest: 'd',
  source: 'model',
  provider: 'wasm',
  release: 1,
};

export function group(epoch: string, seq: number, count: number, at = Date.now()): Group {
  const events = Array.from({length: count}, (_, i) => ({
    kind: 'prediction' as const,
    at: at + i,
    context,
    latencyMs: 1,
    predicted: i,
  }));
  const ledger = Object.fromEntries(events.map(({predicted}, i) => [seq + i, {context, predicted, value: null}]));
  return {epoch, seq, at, abandoned: false, events, ledger};
}

/** What every outbox must do. */
export function outboxContract(open: () => Promise<Outbox>): void {
  let outbox: Outbox;
  beforeEach(async () => {
    outbox = await open();
  });
  afterEach(() => outbox.close());

  test('groups come back as they were appended', async () => {
    await outbox.append(group('a', 0, 2));
    await outbox.append(group('a', 2, 1));
    const groups = await outbox.groups();
    expect(groups.map(({epoch, seq, events}) => [epoch, seq, events.length])).toEqual([
      ['a', 0, 2],
      ['a', 2, 1],
    ]);
    expect(await outbox.waiting()).toBe(3);
  });

  test('sealing replaces groups by their batch; acknowledging removes it', async () => {
    const sealed = group('a', 0, 2);
    await outbox.append(sealed);
    await outbox.append(group('b', 0, 1));
    await outbox.seal([sealed], {epoch: 'a', seq: 0, count: 2, bytes: Uint8Array.of(1, 2)});
    expect((await outbox.groups()).map(({epoch}) => epoch)).toEqual(['b']);
    expect(await outbox.waiting()).toBe(3);
    const [batch] = await outbox.batches(1);
    expect(batch).toMatchObject({epoch: 'a', seq: 0, count: 2, bytes: Uint8Array.of(1, 2)});
    await outbox.removeBatch(batch!);
    expect([await outbox.batches(1), await outbox.waiting()]).toEqual([[], 1]);
  });

  test('batches come the oldest first', async () => {
    for (const seq of [50, 0]) await outbox.seal([], {epoch: 'a', seq, count: 1, bytes: Uint8Array.of(seq)});
    expect((await outbox.batches(5)).map(({seq}) => seq)).toEqual([50, 0]);
    expect(await outbox.batches(1)).toHaveLength(1);
  });

  test('a prediction is found by its number until the ledger is trimmed, also after it was sealed', async () => {
    const old = group('a', 10, 3, 1000);
    await outbox.append(old);
    await outbox.append(group('a', 13, 1));
    await outbox.seal([old], {epoch: 'a', seq: 10, count: 3, bytes: Uint8Array.of(1)});
    expect(await outbox.findPrediction('a', 12)).toEqual({context, predicted: 2, value: null});
    expect(await outbox.findPrediction('a', 9)).toBeUndefined();
    expect(await outbox.findPrediction('b', 12)).toBeUndefined();
    await outbox.trimLedger(2000);
    expect(await outbox.findPrediction('a', 12)).toBeUndefined();
    expect((await outbox.findPrediction('a', 13))?.predicted).toBe(0);
  });

  test('the producer stays, until everything is forgotten', async () => {
    const producer = await outbox.producer();
    expect(await outbox.producer()).toBe(producer);
    await outbox.append(group('a', 0, 1));
    await outbox.clear();
    expect(await outbox.producer()).not.toBe(producer);
    expect([await outbox.groups(), await outbox.findPrediction('a', 0)]).toEqual([[], undefined]);
  });
}
