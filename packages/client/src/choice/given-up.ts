import type {Healing} from '../healing/healing.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

/** Why it is not to serve any more, whatever was measured of it before. */
export function givenUp({notes, demoted}: Healing, digest: string, provider: ExecutionProvider): string | undefined {
  if (notes.isLooping(digest, provider)) return 'it has crashed too often here';
  return demoted.get(digest)?.has(provider)
    ? 'it, or one that it would do no better than, failed three times in a row on this page'
    : undefined;
}
