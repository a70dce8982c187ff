import {type Session, type Tensors, wrongExample} from '@kedge/client/runtime';
import {type Golden, KedgeError, type TensorSlice} from '@kedge/core';
import type {Dataset} from '../data/dataset.js';
import {feed} from '../run/feed.js';
import type {Specs} from './specs.js';

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

/** The largest of all values, without their signs. */
function largestOf(answer: Tensors): number {
  let largest = 0;
  for (const {data} of Object.values(answer))
    for (const value of data) largest = Math.max(largest, Math.abs(Number(value)));
  return largest;
}

/** Where the right answers are zeros, no tolerance is to blame. @param largest of all answers @throws KedgeError `golden_mismatch` where zeros would pass for them */
function refuseBlunt(data: string, count: number, largest: number, {absolute, relative}: Golden['tolerance']): void {
  if (largest === 0 || !(largest <= absolute + relative * largest)) return;
  throw new KedgeError(
    'golden_mismatch',
    `${data}: a device that answers zeros would pass all ${count} golden examples, with a tolerance of ${absolute} and ${relative} of the value; lower golden.absolute or golden.relative in --meta, or give data with other answers`,
  );
}

/**
 * Golden vectors and the bytes they point into, each tensor aligned to eight bytes.
 *
 * @throws KedgeError `golden_mismatch` naming the tensor that is not as its spec says: no device would take the example; or
 *   where they would tell no device that it is wrong
 */
export async function makeGolden(
  session: Session,
  specs: Specs,
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
  let largest = 0;
  for (const example of examples) {
    const feeds = feed(dataset, specs.inputs, example, 1);
    const answer = await session.run(feeds);
    largest = Math.max(largest, largestOf(answer));
    const made = {inputs: append(feeds), outputs: append(answer), tolerance};
    const lie = wrongExample(specs, made);
    if (lie)
      throw new KedgeError(
        'golden_mismatch',
        `${dataset.name}: example ${example} is not what the manifest would say: ${lie}; state its shape in --meta, or give other data`,
      );
    golden.push(made);
  }
  refuseBlunt(dataset.name, golden.length, largest, tolerance);
  return {golden, bytes: new Uint8Array(Buffer.concat(parts))};
}
