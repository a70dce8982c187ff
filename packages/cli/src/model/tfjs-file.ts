import {type ElementType, KedgeError, parseJson} from '@kedge/core';
import * as z from 'zod/mini';
import type {TensorPlace} from './tensor-place.js';

const ModelJson = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({paths: z.array(z.string()), weights: z.array(z.unknown())})),
});
export type ModelJson = z.infer<typeof ModelJson>;

const Weight = z.object({
  name: z.string(),
  shape: z.array(z.int().check(z.nonnegative())),
  dtype: z.string(),
  quantization: z.optional(z.object({dtype: z.string()})),
});

/** @throws KedgeError `model_invalid` */
export function parseModelJson(bytes: Uint8Array, file: string): ModelJson {
  return parseJson(ModelJson, new TextDecoder().decode(bytes), 'model_invalid', `tfjs model ${file}`);
}

/** Where a tfjs model's weights lie, relative to its `model.json`. */
export const shardPaths = ({weightsManifest}: ModelJson) => weightsManifest.flatMap(({paths}) => paths);

// https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts, DTYPE_VALUE_SIZE_MAP
const elements: Record<string, ElementType> = {
  float32: {width: 4, isFloat: true},
  float16: {width: 2, isFloat: true},
  int32: {width: 4, isFloat: false},
  uint16: {width: 2, isFloat: false},
  uint8: {width: 1, isFloat: false},
  bool: {width: 1, isFloat: false},
};

/**
 * Where the weights lie in the shards: one after another in a group, across the borders of its shards. After a weight of
 * another type (strings have no fixed size) no more is known of its group.
 *
 * @param sizes of the shards in bytes, by path
 * @throws KedgeError `model_invalid` when the shards are too short for them
 */
export function tfjsTensors({weightsManifest}: ModelJson, sizes: ReadonlyMap<string, number>): TensorPlace[] {
  return weightsManifest.flatMap(({paths, weights}) => {
    const places: TensorPlace[] = [];
    let at = 0;
    for (const weight of weights) {
      const parsed = Weight.safeParse(weight);
      const element = parsed.success ? elements[parsed.data.quantization?.dtype ?? parsed.data.dtype] : undefined;
      if (!parsed.success || !element) break;
      const {name, shape} = parsed.data;
      const bytes = shape.reduce((all, size) => all * size, element.width);
      places.push(...parts(`${name} ${element.width} [${shape.join(',')}]`, element, at, bytes, paths, sizes));
      at += bytes;
      checkEnd(name, at, paths, sizes);
    }
    return places;
  });
}

/** No runtime says so of a model that is too large to be loaded here. */
function checkEnd(name: string, end: number, paths: readonly string[], sizes: ReadonlyMap<string, number>): void {
  const bytes = paths.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0);
  if (end <= bytes) return;
  throw new KedgeError(
    'model_invalid',
    `tfjs weight ${name}: expected ${end} bytes up to its end in ${paths.join(', ')}, got ${bytes}; fetch the model's files whole, or convert it again`,
  );
}

/** The parts of `[at, at + bytes)` of the joined shards that whole shards hold. */
function parts(
  key: string,
  element: ElementType,
  at: number,
  bytes: number,
  paths: readonly string[],
  sizes: ReadonlyMap<string, number>,
): TensorPlace[] {
  let shardAt = 0;
  return paths.flatMap(artifact => {
    const size = sizes.get(artifact) ?? 0;
    const [start, end] = [Math.max(at, shardAt), Math.min(at + bytes, shardAt + size)];
    const place = {key: `${key} +${start - at}`, artifact, offset: start - shardAt, bytes: end - start, element};
    shardAt += size;
    return end > start ? [place] : [];
  });
}
