import {gzipSync} from 'node:zlib';
import {deltaOps, type ElementType, literalOps, planesOps} from '@kedge/core';
import type {RandomFile} from '../model/random-file.js';
import type {OpStream} from './op-stream.js';
import type {TensorPair} from './match-tensors.js';

type Way = 'delta' | 'planes' | 'literal';

/** Elements of an op: a device holds as many of base, difference and result. */
const elementsPerOp = 2 ** 18;
const sampleBytes = 64 * 1024;
const maxSamples = 4;

/** One tensor as ops: equal parts are copied, the others are what costs least, measured on samples. */
export function* tensorOps(
  base: RandomFile,
  target: RandomFile,
  pair: TensorPair,
  out: OpStream,
): Generator<Uint8Array> {
  const {offset, bytes} = pair.target;
  const element = pair.target.element ?? {width: 1, isFloat: false};
  const step = elementsPerOp * element.width;
  let way: Way | undefined;
  for (let at = 0; at < bytes; at += step) {
    const now = target.read(offset + at, Math.min(step, bytes - at));
    const before = pair.base && base.read(pair.base.offset + at, now.length);
    if (before && Buffer.compare(before, now) === 0) yield* out.copy(pair.base!.offset + at, now.length);
    else {
      way ??= cheapest(base, target, pair);
      if (way === 'literal') yield* out.literal(now);
      else if (way === 'planes') yield* out.ops(planesOps(now, element.width));
      else yield* out.ops(deltaOps(element, pair.base!.offset + at, before!, now));
    }
  }
}

/** Whole elements only; a tensor whose shard ends inside an element has none. */
function cheapest(base: RandomFile, target: RandomFile, {target: place, base: from}: TensorPair): Way {
  const {element} = place;
  if (!element || place.bytes % element.width !== 0) return 'literal';
  const costs: Record<Way, number> = {delta: from ? 0 : Infinity, planes: 0, literal: 0};
  for (const [at, length] of samples(place.bytes, element)) {
    const now = target.read(place.offset + at, length);
    costs.literal += packed(literalOps(now));
    costs.planes += packed(planesOps(now, element.width));
    if (from) costs.delta += packed(deltaOps(element, 0, base.read(from.offset + at, length), now));
  }
  const least = Math.min(costs.delta, costs.planes, costs.literal);
  return least === costs.delta ? 'delta' : least === costs.literal ? 'literal' : 'planes';
}

const packed = (parts: readonly Uint8Array[]) => gzipSync(Buffer.concat(parts), {level: 6}).length;

/** A few parts at even distances, on element borders. */
function samples(bytes: number, {width}: ElementType): [at: number, length: number][] {
  const count = Math.max(1, Math.min(maxSamples, Math.floor(bytes / sampleBytes)));
  return Array.from({length: count}, (_, i) => {
    const at = Math.floor((i * (bytes / count)) / width) * width;
    return [at, Math.min(sampleBytes, bytes - at)];
  });
}
