import {sha256} from '@kedge/core';
import type {MemoryImage} from '../runtime/runtime.js';
import type {Store} from './store.js';

/** @returns the image, or undefined when it is gone, or is not what was written: disks rot and other scripts write */
export async function readImage(key: string, digest: string, store: Store): Promise<MemoryImage | undefined> {
  const image = (await store.getSetting(key)) as MemoryImage | undefined;
  return image && (await digestOf(image)) === digest ? image : undefined;
}

/** @returns its digest, to read it by. @throws KedgeError `storage_full`, `storage_unavailable`: nothing is removed to make room for it */
export async function writeImage(key: string, image: MemoryImage, store: Store): Promise<string> {
  const digest = await digestOf(image);
  await store.changeSetting(key, () => image);
  return digest;
}

async function digestOf({data, ...rest}: MemoryImage): Promise<string> {
  const places = new TextEncoder().encode(JSON.stringify([rest.first, rest.bytes, rest.runs]));
  const [bytes, about] = [await sha256(crypto.subtle, new Uint8Array(data)), await sha256(crypto.subtle, places)];
  return `${bytes}|${about}`;
}
