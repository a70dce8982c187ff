import {join} from 'node:path';
import {Name} from '@kedge/core';
import {CliError} from '../exit.js';

export const blobPath = (registry: string, digest: string) => join(registry, 'blobs', digest);
export const manifestPath = (registry: string, address: string) => join(registry, 'manifests', `${address}.json`);

/** @throws CliError (usage) for a name that could lead out of the folder */
export function channelPath(registry: string, channel: string): string {
  if (Name.safeParse(channel).success) return join(registry, 'channels', `${channel}.json`);
  throw new CliError(
    'usage',
    `--channel: expected lower-case letters, digits, dots, dashes such as prod, got ${JSON.stringify(channel)}`,
  );
}
