import {Batch, decodeBatch, type KedgeEvent, parse} from '@kedge/core';
import type {Kedge} from '../src/api.js';
import type {TestRegistry} from './registry.js';

/** Every event that the collector beside the registry was sent. */
export async function told(kedge: Kedge, registry: TestRegistry): Promise<KedgeEvent[]> {
  await kedge.flush();
  const posts = (await registry.requests()).filter(({path}) => path.endsWith('/v1/events'));
  const batches = posts.map(async ({body}) => {
    const bytes = Uint8Array.from(atob(body), character => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return decodeBatch(parse(Batch, await new Response(stream).json(), 'events_invalid', 'it'));
  });
  return (await Promise.all(batches)).flat();
}
