import type {KedgeError} from '@kedge/core';
import type {Installed} from '../worker/installs.js';
import {toWire} from '../worker/protocol.js';
import type {PlacementOptions} from './placement.js';

/** That a version is in memory, or a smaller form of it is on the disk. */
export function tellStep({digest, manifest}: Installed, problem: KedgeError, {stores, tell}: PlacementOptions): void {
  const {model, version, variant} = manifest;
  const inMemory = stores.disk.problem !== undefined || stores.storeOf(digest) !== stores.disk;
  const how = inMemory ? {kind: 'memory' as const} : variant !== undefined && {kind: 'variant' as const, variant};
  if (how) tell({change: {...how, model, version, problem: toWire(problem)}});
}
