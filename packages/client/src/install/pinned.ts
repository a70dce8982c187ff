import {toKedgeError} from '@kedge/core';
import {toWire} from '../worker/protocol.js';
import type {BinaryAnswer, BinaryOrder, Pinned} from './binary.js';

/** A binary from the store, see binary.ts. Never rejects for lack of the file that brings it: the app's own serves. */
export async function bringBinary(pinned: Pinned, order: BinaryOrder): Promise<BinaryAnswer> {
  const file = await import('../binary.js').catch((error: unknown) => toKedgeError(error, 'network', 'binary.js'));
  return 'code' in file ? {bytes: 0, problem: toWire(file)} : file.bringBinary(pinned, order);
}
