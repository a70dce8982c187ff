import type {Session, Tensors} from '@kedge/client/runtime';
import type {Golden, TensorSlice, TensorSpec} from '@kedge/core';
import type {Dataset} from '../data/dataset.js';
import {feed} from '../run/feed.js';

/** The artifact that holds every golden tensor. */
export const goldenPath = 'golden.bin';

/** `count` examples spread over the labels: the first of each, then the second of each, and so on. */
export function spread(labels: ArrayLike<number | string>, count: number): number[] {
  const byLabel = new Map<number | string, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const group = byLabel.get(labels[i]!);
    if (!group) byLabel.set(labels[i]!, [i]);
    else if (group.length < count) group.push(i);
  }
  const groups = [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  const rounds = Array.from({length: count}, (_, round) => groups.flatMap(group => group[round] ?? []));
  return rounds.flat().slice(0, count);
}

/** `count` examples at even distances. */
export function evenly(examples: number, count: number): number[] {
  const taken = Math.min(examples, count);
  return Array.from({length: taken}, (_, i) => Math.floor((i * examples) / taken));
}

/** Golden vectors and the bytes they point into, each tensor aligned to eight bytes. */
export async function makeGolden(
  session: Session,
  inputs: readonly TensorSpec[],
  dataset: Dataset,
  examples: readonly number[],
  tolerance: Golden['tolerance'],
): Promise<{golden: Golden[]; bytes: Uint8Array}> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const append = (tensors: Tensors): Record<string, TensorSlice> =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, {dtype, shape, data}]) => {
        const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
        const slice = {artifact: goldenPath, offset, bytes: bytes.length, dtype, shape: [...shape]};
        const padding = Buffer.alloc((8 - (bytes.length % 8)) % 8);
        parts.push(bytes, padding);
        offset += bytes.length + padding.length;
        return [name, slice];
      }),
    );
  const golden: Golden[] = [];
  for (const example of examples) {
    const feeds = feed(dataset, inputs, example, 1);
    golden.push({inputs: append(feeds), outputs: append(await session.run(feeds)), tolerance});
  }
  return {golden, bytes: new Uint8Array(Buffer.concat(parts))};
}
