/**
 * Loaded where a version asks for something that not every device has, before a byte of it is fetched.
 *
 * @module
 */
import {KedgeError} from '@kedge/core';
import {lacking} from './choice/lacking.js';
import {probe} from './choice/probe.js';
import {refuse} from './storage.js';
import type {InstalledVersion} from './store/catalog.js';
import type {Store} from './store/store.js';

/** @throws KedgeError `runtime_unavailable` where this device lacks what the version asks for; it is not asked again for a week */
export async function allow(version: InstalledVersion, disk: Store): Promise<void> {
  const {model, version: number, variant, runtime} = version.manifest;
  const lacks = lacking(runtime.features ?? [], await probe());
  if (lacks.length === 0) return;
  await refuse(version, 'runtime_unavailable', disk).catch(() => {});
  const form = variant ? `${number}+${variant}` : number;
  throw new KedgeError(
    'runtime_unavailable',
    `${model} ${form} asks for ${lacks.join(', ')}, which this device does not have; nothing of it was fetched`,
  );
}
