/** IndexedDB of models and releases, used in the worker. */
export const databaseName = 'kedge';
/** IndexedDB of events and labels, used on the page. */
export const outboxName = 'kedge-telemetry';
