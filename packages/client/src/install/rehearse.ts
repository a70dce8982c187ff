import {type Manifest, sha256} from '@kedge/core';
import {realm} from '../realm.js';
import type {Manifests} from '../release/manifest.js';
import {MemoryStore} from '../storage.js';
import type {Governor} from '../store/governor.js';
import type {Stores} from '../worker/stores.js';
import type {Wire} from './fetch.js';
import {bringVersion} from './version.js';

/** Answers as an empty disk does. */
class Disk extends MemoryStore {
  override readonly kind = 'indexeddb' as 'memory';
}

/**
 * A browser compiles a function when it is called first: a first version's first request waited one to two milliseconds for that.
 * While the release is on its way one byte is installed in memory: nothing is asked of the network, nothing stays.
 */
export async function rehearse({readAtMost}: Wire): Promise<void> {
  if (!realm.locks) return;
  const bytes = new Uint8Array(1);
  const digest = await sha256(crypto.subtle, bytes);
  const chunk = {sha256: digest, bytes: bytes.length};
  const manifest = {artifacts: [{...chunk, chunks: [chunk]}], runtime: {}, golden: []} as unknown as Manifest;
  const disk = new Disk();
  const body = (async function* () {
    yield bytes;
  })();
  const freeBytes = Promise.resolve(Infinity);
  const ahead = {manifest: Promise.resolve(manifest), stop: new AbortController(), freeBytes};
  const ignore = () => {};
  await bringVersion(
    {digest, variants: []},
    {
      wire: {connect: async () => ({response: new Response(), body, close: ignore}), readAtMost},
      // Nothing is asked of it.
      registries: ['data:'],
      lanes: 1,
      stallMs: 0,
      signal: ahead.stop.signal,
      onProgress: ignore,
      tell: ignore,
      manifests: {ahead: new Map([[digest, ahead]]), onDevice: () => ahead.manifest} as unknown as Manifests,
      storing: new Map(),
      stores: {disk, storeOf: () => disk, installed: ignore, whyInMemory: ignore} as unknown as Stores,
      governor: {freeBytes: () => freeBytes, inspect: ignore, mark: ignore} as unknown as Governor,
    },
  );
}
