/** IndexedDB of models and releases, used in the worker. */
export const databaseName = 'kedge';
/** IndexedDB of events and labels, used on the page. */
export const outboxName = 'kedge-telemetry';
/** A page holds it, followed by the manifest's address, while it serves a version. */
export const servingLock = 'kedge:serving:';
/** A page holds it, followed by a name, while it starts a version or runs it for the first time. */
export const flightName = 'kedge:flight:';
