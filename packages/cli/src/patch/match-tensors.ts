import {createHash} from 'node:crypto';
import type {RandomFile} from '../model/random-file.js';
import type {TensorPlace} from '../model/tensor-place.js';

/** A tensor of the target, and the one of the base that it is taken as a difference from. */
export interface TensorPair {
  target: TensorPlace;
  base: TensorPlace | undefined;
}

/** Smaller ones are left to the matching of bytes: an op of their own costs about what they do. */
const minTensorBytes = 1024;

/** One file with its tensors, which do not overlap and are in order. */
export interface Side {
  file: RandomFile;
  tensors: readonly TensorPlace[];
}

/** The tensors worth an op: large enough, in order; of two that share bytes the first. */
export function worthwhile(places: readonly TensorPlace[]): TensorPlace[] {
  const sorted = places.filter(({bytes}) => bytes >= minTensorBytes).sort((a, b) => a.offset - b.offset);
  let end = 0;
  return sorted.filter(({offset, bytes}) => {
    if (offset < end) return false;
    end = offset + bytes;
    return true;
  });
}

/** By their bytes, whatever they are called and wherever they lie; what is left by name, type and shape. */
export function pairTensors(base: Side, target: Side): TensorPair[] {
  const sizes = new Set(target.tensors.map(({bytes}) => bytes));
  const comparable = base.tensors.filter(({bytes}) => sizes.has(bytes));
  const byDigest = new Map(comparable.map(place => [digestOf(base.file, place), place]));
  const byKey = new Map(comparable.map(place => [place.key, place]));
  return target.tensors.map(place => {
    const equal = byDigest.size > 0 ? byDigest.get(digestOf(target.file, place)) : undefined;
    return {target: place, base: equal ?? sameBytes(byKey.get(place.key), place)};
  });
}

const sameBytes = (base: TensorPlace | undefined, {bytes}: TensorPlace) => (base?.bytes === bytes ? base : undefined);

function digestOf(file: RandomFile, {offset, bytes}: TensorPlace): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes; at += 2 ** 20) hash.update(file.read(offset + at, Math.min(2 ** 20, bytes - at)));
  return hash.digest('hex');
}
