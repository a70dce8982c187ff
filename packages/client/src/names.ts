/** IndexedDB of models and releases, used in the worker. */
export const databaseName = 'kedge';
/** IndexedDB of events and labels, used on the page. */
export const outboxName = 'kedge-telemetry';
/** A page holds it, followed by the manifest's address, while it serves a version. */
export const servingLock = 'kedge:serving:';
/** A worker has it, as a lock or as a lease, followed by the address of a version or of a binary, while it fetches that. */
export const installName = 'kedge:install:';
/** A page holds it, followed by a name, while it starts a version or runs it for the first time. */
export const flightName = 'kedge:flight:';
/** The setting that holds the newest release of a channel that a registry has given. */
export const releaseKey = (registry: string, channel: string) => `release:${registry}|${channel}`;
/** The setting that says with how many threads a runtime is to be started, by the last choice: as worker/starts.ts reads it. */
export const chosenKey = (runtime: string, provider: string) => `runtime:${runtime}|${provider}|chosen`;
