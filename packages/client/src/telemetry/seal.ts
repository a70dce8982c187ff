import {type Batch, encodeBatch, type KedgeEvent} from '@kedge/core';
import type {Group, SealedBatch} from './outbox.js';

export const maxSealedEvents = 50;

/** Named so that the collector can tell clients apart. */
export const sdkName = 'kedge-client/0.1.0';

export interface Sender {
  writeKey: string;
  /** Empty when only counts may be told: then nothing in a batch names this device. */
  producer: string;
}

/** Groups as runs of consecutive events of one instance, each at most `maxSealedEvents` (a group is never split). */
export function runsOfGroups(groups: readonly Group[]): Group[][] {
  const sorted = [...groups].sort((a, b) => (a.epoch === b.epoch ? a.seq - b.seq : a.epoch < b.epoch ? -1 : 1));
  const runs: Group[][] = [];
  let count = 0;
  let next: {epoch: string; seq: number} | undefined;
  for (const group of sorted) {
    const follows =
      next?.epoch === group.epoch && next.seq === group.seq && count + group.events.length <= maxSealedEvents;
    if (follows) runs.at(-1)!.push(group);
    else runs.push([group]);
    count = (follows ? count : 0) + group.events.length;
    next = {epoch: group.epoch, seq: group.seq + group.events.length};
  }
  return runs;
}

export function batchOf(sender: Sender, epoch: string, seq: number, events: readonly KedgeEvent[]): Batch {
  return encodeBatch({...sender, epoch, seq, sdk: sdkName}, events);
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A run's events, encoded and compressed once. */
export async function sealRun(sender: Sender, run: readonly Group[]): Promise<SealedBatch> {
  const {epoch, seq} = run[0]!;
  const events = run.flatMap(group => group.events);
  return {epoch, seq, count: events.length, bytes: await gzip(JSON.stringify(batchOf(sender, epoch, seq, events)))};
}
