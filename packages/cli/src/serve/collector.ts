import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type Collector, createCollector, openSqliteStore} from '@kedge/collector';
import {readRelease} from '../release/document.js';
import {keptWriteKey} from './write-key.js';

export interface CollectorFlags {
  registry: string;
  channel: string;
  data: string;
  writeKey?: string;
  reportToken?: string;
  /** Undefined allows every origin. */
  origins: readonly string[] | undefined;
}

export interface OpenCollector extends Collector {
  writeKey: string;
}

/** The collector over its database in `data`; its report knows the weights of the release in the registry. */
export async function openCollector(flags: CollectorFlags): Promise<OpenCollector> {
  const {registry, channel, data, origins, reportToken} = flags;
  await mkdir(data, {recursive: true});
  const writeKey = flags.writeKey ?? (await keptWriteKey(data));
  const collector = createCollector({
    store: openSqliteStore({path: join(data, 'events.sqlite')}),
    writeKeys: [{key: writeKey, ...(origins && {origins})}],
    ...(reportToken !== undefined && {reportToken}),
    // Our own file on our own disk: its signature is for devices.
    release: () => readRelease(registry, channel, []),
  });
  return {...collector, writeKey};
}
