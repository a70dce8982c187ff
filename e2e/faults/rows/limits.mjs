import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import * as faults from '../server/faults.mjs';
import {check} from '../world/check.mjs';
import {bytesText} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const [gibibyte, mostChunk] = [2 ** 30, 2 ** 24];
const refused = {source: 'previous', version: '1.0.0'};
const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest('hex');

/**
 * A manifest that is well formed and of which the registry has other bytes: only they can tell. Nothing of them is stored.
 *
 * @param {string} name
 * @param {string} what
 * @param {(world: World, manifest: any, artifact: any) => unknown} change of the manifest of 2.0.0
 * @param {{mostSent?: number, mostRead?: number, mostRequests?: number, quota?: number}} options
 * @returns {Row}
 */
function untrue(name, what, change, options) {
  const {mostSent = Infinity, mostRead = Infinity, mostRequests = Infinity, quota} = options;
  return {
    name,
    what,
    ...(quota && {needs: ['quota']}),
    async run(world) {
      await world.install(old);
      const before = await world.stored();
      const manifest = structuredClone(world.version(next).manifest);
      await change(world, manifest, manifest.artifacts[0]);
      const bytes = manifest.artifacts.reduce((/** @type {number} */ sum, one) => sum + one.bytes, 0);
      await world.publishManifest(JSON.stringify(manifest), [old], {bytes});
      if (quota) await world.driver.limitStorage(world.server.url, quota);
      try {
        const {visit, stored} = await world.suffer(
          {...refused, reason: 'artifact_corrupt'},
          {tamper: {countsReads: true}},
        );
        const read = Number(visit.readBytes);
        world.facts.fetched = `${bytesText(read)} read of ${bytesText(visit.sent)} sent`;
        check(visit.sent <= mostSent, `${bytesText(visit.sent)} were sent to find out`);
        // Nobody finds out without a chunk: less would be reads that were not counted.
        const least = Math.min(...(manifest.artifacts[0]?.chunks ?? []).map(chunk => chunk.bytes));
        check(read >= least && read <= mostRead, `${bytesText(read)} were read to find out`);
        const requests = world.server.log.filter(({path}) =>
          path.endsWith(String(manifest.artifacts[0]?.sha256)),
        ).length;
        check(requests <= mostRequests, `${requests} requests were made to find out`);
        const untrueChunks = new Set(manifest.artifacts[0]?.chunks.map((/** @type {any} */ chunk) => chunk.sha256));
        for (const {name} of before.chunks) untrueChunks.delete(name);
        check(!stored.chunks.some(({name}) => untrueChunks.has(name)), 'storage was spent on it');
      } finally {
        if (quota) await world.driver.limitStorage(world.server.url, undefined);
      }
      await world.publish([next, old]);
      await world.heals(next);
    },
  };
}

/** Two gibibytes that nobody has. @param {World} world @param {any} _ @param {any} artifact */
function giant(world, _, artifact) {
  const length = 2 * gibibyte;
  artifact.sha256 = digest('giant');
  artifact.bytes = length;
  artifact.chunks = Array.from({length: length / mostChunk}, (_, i) => ({sha256: digest(`${i}`), bytes: mostChunk}));
  const body = {
    length,
    subarray: (/** @type {number} */ start, /** @type {number} */ end) => Buffer.alloc(end - start),
  };
  world.server.put(`/registry/blobs/${artifact.sha256}`, body);
}

/**
 * Each lane may take a chunk, twice: the second time past every cache. Of what the client reads: while it hashes a chunk a server on
 * the same machine fills the buffers of both sockets and of the browser, 10 MB and more for each request, which nobody reads
 * and no line would have carried by then.
 */
const mostOfGiant = 3 * 2 * (mostChunk + 2 ** 20);

/** @type {readonly Row[]} */
export const limitRows = [
  // Too large for the disk it is tried in memory, and so what is wrong with it is told in any case.
  untrue('2-GB-on-1-GB', 'a model of 2 GiB, so the manifest, on a quota of 1 GiB; the registry has zeros', giant, {
    mostRead: mostOfGiant,
    mostRequests: 3 * 2,
    quota: gibibyte,
  }),
  untrue('2-GB-of-zeros', 'the same where there is room', giant, {mostRead: mostOfGiant, mostRequests: 3 * 2}),
  untrue(
    'chunks-unsorted',
    'two chunks of a file in the wrong order',
    (_, __, {chunks}) => void ([chunks[0], chunks[1]] = [chunks[1], chunks[0]]),
    {mostSent: 12e6},
  ),
  {
    name: 'other-models-chunk',
    what: "the registry serves another model's chunk, whole and verified there",
    meets: true,
    async run(world) {
      await world.install(old);
      await world.publish([next, old]);
      const {manifest} = world.version('big@1.0.0');
      const start = manifest.artifacts[0]?.chunks[0]?.bytes ?? 0;
      const other = readFileSync(world.registry.folder + world.version('big@1.0.0').blob).subarray(start);
      world.server.inject(world.version(next).blob, faults.otherFile(other));
      await world.suffer({...refused, reason: 'artifact_corrupt'});
      await world.heals(next);
    },
  },
];
