import {join} from 'node:path';

export const blobPath = (registry: string, digest: string) => join(registry, 'blobs', digest);
export const manifestPath = (registry: string, address: string) => join(registry, 'manifests', `${address}.json`);
export const channelPath = (registry: string, channel: string) => join(registry, 'channels', `${channel}.json`);
