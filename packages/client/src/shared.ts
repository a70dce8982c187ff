import type {KedgeError, Manifest} from '@kedge/core';
import type {KedgeEvents} from './api.js';
import type {Listeners} from './listeners.js';
import type {Loader, RuntimeHost} from './loader.js';
import type {CurrentRelease} from './release/current.js';
import type {ReleaseWatch} from './release/watch.js';
import type {Serving} from './serving.js';
import type {TelemetryPort} from './telemetry/open.js';

/** The rooms that all units of one client share. */
export interface Shared {
  hosts: RuntimeHost[];
  releases: CurrentRelease;
  watch: ReleaseWatch;
  listeners: Listeners<KedgeEvents>;
  loader: Loader;
  serving: Serving;
  telemetry: TelemetryPort;
  /** By address; labels given by class name need the names. */
  manifests: Map<string, Manifest>;
  closed: KedgeError | undefined;
}
