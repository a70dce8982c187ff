import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {applyPatch, KedgeError, toKedgeError} from '@kedge/core';
import {RandomFile} from '../model/random-file.js';

/**
 * What a patch makes of a base, as its digest: the same code as on a device, with files instead of a store.
 *
 * @param limitBytes the target's size; what is longer is wrong without its digest
 * @throws KedgeError `artifact_corrupt`
 */
export async function patchedDigest(baseFile: string, patchFile: string, limitBytes: number): Promise<string> {
  using base = new RandomFile(baseFile, 'base');
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const body = pipeline(createReadStream(patchFile), createGunzip(), () => {});
    for await (const piece of applyPatch(async (offset, length) => base.read(offset, length), body)) {
      if ((bytes += piece.length) > limitBytes) throw new Error(`it makes more than ${limitBytes} bytes`);
      hash.update(piece);
    }
  } catch (cause) {
    throw toKedgeError(cause, 'artifact_corrupt', `patch ${patchFile}`);
  }
  if (bytes < limitBytes)
    throw new KedgeError('artifact_corrupt', `patch ${patchFile} makes ${bytes} of ${limitBytes} bytes`);
  return hash.digest('hex');
}
