import {KedgeError} from '@kedge/client';
import {parseWav} from '../../models/wav.mjs';
import sampleUrl from './sample.wav?url';

/** Where the sample clip lies; it came with the page. */
export {sampleUrl};

/** Its sound, 16 kHz. @throws KedgeError `network`, `response_invalid` */
export async function sampleClip(signal: AbortSignal): Promise<{rate: number; samples: Float32Array<ArrayBuffer>}> {
  const answer = await fetch(sampleUrl, {signal}).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new KedgeError('network', 'the sample clip could not be fetched', {cause});
  });
  if (!answer.ok)
    throw new KedgeError('response_invalid', `the sample clip: expected a WAV file, got status ${answer.status}`);
  return parseWav(new Uint8Array(await answer.arrayBuffer()));
}
