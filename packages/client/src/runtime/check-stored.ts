import type {Manifest} from '@kedge/core';
import {readGolden} from '../install/assemble.js';
import type {Store} from '../store/store.js';
import {checkGolden} from './golden.js';
import type {ExecutionProvider, Session} from './runtime.js';

/** `checkGolden` with the examples that came with a version. @throws as it, and as `readFiles` */
export async function checkStored(
  manifest: Manifest,
  session: Session,
  store: Store,
  provider: ExecutionProvider,
): Promise<void> {
  await checkGolden(manifest, session, await readGolden(manifest, store), provider);
}
