import type {InstalledVersion} from '../store/catalog.js';
import {later} from '../worker/later.js';
import type {Stores} from '../worker/stores.js';

/** Where a version asks for what not every device has. @throws KedgeError `runtime_unavailable` where this one lacks it; `network` */
export async function allow(version: InstalledVersion, {disk}: Stores): Promise<void> {
  const {allow} = await later('device', import('../device.js'));
  await allow(version, disk);
}
