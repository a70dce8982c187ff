import {evictionRows} from './evictions.mjs';
import {killRows} from './kills.mjs';
import {limitRows} from './limits.mjs';
import {manifestRows} from './manifests.mjs';
import {mirrorRows} from './mirrors.mjs';
import {networkRows} from './network.mjs';
import {offlineRows} from './offline.mjs';
import {packRows} from './packs.mjs';
import {patchRows} from './patches.mjs';
import {releaseRows} from './releases.mjs';
import {runtimeRows} from './runtime.mjs';
import {spillRows} from './spills.mjs';
import {storageRows} from './storage.mjs';
import {tabRows} from './tabs.mjs';

/** Every named fault, in the order of the table. @type {readonly import('./row.mjs').Row[]} */
export const rows = [
  ...networkRows,
  ...mirrorRows,
  ...offlineRows,
  ...killRows,
  ...tabRows,
  ...storageRows,
  ...spillRows,
  ...packRows,
  ...evictionRows,
  ...releaseRows,
  ...manifestRows,
  ...limitRows,
  ...patchRows,
  ...runtimeRows,
];
