import {KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {IoHandler} from './module.js';

/** The parts of a `model.json` that name other files; the rest goes to tfjs as it is. */
interface ModelJson {
  modelTopology: object;
  weightsManifest: {paths: string[]; weights: object[]}[];
  format?: string;
  signature?: object;
  userDefinedMetadata?: object;
  modelInitializer?: object;
  initializerSignature?: object;
}

/**
 * Reads a tfjs model's `model.json`.
 *
 * @param where what to call the file in an error
 * @throws KedgeError `model_invalid`
 */
function parseModelJson(bytes: Uint8Array, where: string): ModelJson {
  let json: Partial<ModelJson> | null;
  try {
    json = JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(bytes)) as Partial<ModelJson> | null;
  } catch (cause) {
    throw toKedgeError(cause, 'model_invalid', `${where}: expected a tfjs model.json`);
  }
  const groups = json?.weightsManifest;
  const whole = Array.isArray(groups) && groups.every(group => isStrings(group?.paths) && Array.isArray(group.weights));
  if (whole && typeof json?.modelTopology === 'object' && json.modelTopology) return json as ModelJson;
  throw new KedgeError(
    'model_invalid',
    `${where}: expected a tfjs model.json with modelTopology and weightsManifest, got ${Object.keys(json ?? {}).join(', ') || 'neither'}`,
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string');
}

/** tfjs slices shards where they lie; only a view of a larger buffer is copied. */
function ownBuffer({buffer, byteOffset, byteLength}: Uint8Array): ArrayBuffer {
  return byteLength === buffer.byteLength && buffer instanceof ArrayBuffer
    ? buffer
    : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** The files of a version as tfjs loads a model: nothing is fetched. @throws KedgeError `model_invalid` */
export function fromFiles(
  {model, version, entry}: Pick<Manifest, 'model' | 'version' | 'entry'>,
  files: ReadonlyMap<string, Uint8Array>,
): IoHandler {
  const fileAt = (path: string) => {
    const bytes = files.get(path);
    if (bytes) return bytes;
    throw new KedgeError('model_invalid', `${model} ${version}: ${path} is not among its files`);
  };
  const {weightsManifest, ...rest} = parseModelJson(fileAt(entry), `${model} ${version}: ${entry}`);
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1);
  const artifacts = {
    ...rest,
    weightSpecs: weightsManifest.flatMap(({weights}) => weights),
    weightData: weightsManifest.flatMap(({paths}) => paths.map(path => ownBuffer(fileAt(folder + path)))),
  };
  return {load: () => Promise.resolve(artifacts)};
}
