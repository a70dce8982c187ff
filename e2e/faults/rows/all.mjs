import {killRows} from './kills.mjs';
import {manifestRows} from './manifests.mjs';
import {networkRows} from './network.mjs';
import {offlineRows} from './offline.mjs';
import {releaseRows} from './releases.mjs';
import {runtimeRows} from './runtime.mjs';
import {storageRows} from './storage.mjs';
import {tabRows} from './tabs.mjs';

/** Every named fault, in the order of the table. @type {readonly import('./row.mjs').Row[]} */
export const rows = [
  ...networkRows,
  ...offlineRows,
  ...killRows,
  ...tabRows,
  ...storageRows,
  ...releaseRows,
  ...manifestRows,
  ...runtimeRows,
];
