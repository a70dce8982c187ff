import type {Session} from '@kedge/client/runtime';
import type {Manifest} from '@kedge/core';
import {openOnnx} from './onnx.js';
import {openTfjs} from './tfjs.js';

/** Where every artifact of a version lies here, by its path; external data under its own name beside the entry. */
export type Files = ReadonlyMap<string, string>;

/** What a runtime needs to know of a version before it has a manifest. */
export type Loadable = Pick<Manifest, 'model' | 'version' | 'format' | 'entry' | 'inputs' | 'outputs'>;

/**
 * The version, loaded to run in this process; undefined when nothing installed here can run its format.
 *
 * @throws KedgeError `model_invalid` when there is a runtime and it refuses the files
 */
export async function openSession(loadable: Loadable, files: Files): Promise<Session | undefined> {
  return loadable.format === 'onnx' ? openOnnx(loadable, files) : openTfjs(loadable, files);
}
