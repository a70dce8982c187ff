/**
 * Loaded where a manifest comes that this device has not read before: what is in the catalog was read once.
 *
 * @module
 */
export {readManifest} from '@kedge/core';
