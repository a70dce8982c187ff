import {KedgeError, type Manifest} from '@kedge/core';
import {readFile} from 'node:fs/promises';
import {type OnnxFile, readOnnxFile} from './onnx-file.js';
import {RandomFile} from './random-file.js';
import type {TensorPlace} from './tensor-place.js';
import {parseModelJson, tfjsTensors} from './tfjs-file.js';
import {stat} from 'node:fs/promises';

/** Every file of a model: where it lies on this machine, by its path inside the version. */
export type ModelPaths = ReadonlyMap<string, string>;

/** `./weights.bin` and `weights.bin` are one file. */
export const externalPath = (location: string) => location.replace(/^(\.\/)+/, '');

/**
 * The tensors of a version's files, in the order of the files that hold them.
 *
 * @throws KedgeError `model_invalid` when a file does not say, or says what can't be
 */
export async function tensorPlaces(
  {format, entry}: Pick<Manifest, 'format' | 'entry'>,
  paths: ModelPaths,
): Promise<TensorPlace[]> {
  const sizes = new Map<string, number>();
  for (const [path, file] of paths) sizes.set(path, (await stat(file)).size);
  if (format !== 'onnx') return tfjsTensors(parseModelJson(await readFile(paths.get(entry)!), entry), sizes);
  using file = new RandomFile(paths.get(entry)!, entry);
  return onnxPlaces(readOnnxFile(file), entry, sizes);
}

/** @throws KedgeError `model_invalid` when a tensor lies outside its file, or in a file that is not there */
export function onnxPlaces({tensors}: OnnxFile, entry: string, sizes: ReadonlyMap<string, number>): TensorPlace[] {
  return tensors.map(({key, element, location, offset, bytes}) => {
    const artifact = location === undefined ? entry : externalPath(location);
    const size = sizes.get(artifact) ?? 0;
    const length = bytes ?? size - offset;
    if (length >= 0 && offset + length <= size) return {key, artifact, offset, bytes: length, element};
    throw new KedgeError(
      'model_invalid',
      `${entry}: tensor ${key}: expected ${length} bytes at ${offset} of ${artifact}, which has ${size}; export the model again, with all its files`,
    );
  });
}
