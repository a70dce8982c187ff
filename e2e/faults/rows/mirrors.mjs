import * as faults from '../server/faults.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../server/fault-server.mjs').FaultServer} FaultServer */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const served = {source: 'model', version: '2.0.0'};

/**
 * 1.0.0 serves; 2.0.0 comes from two registries, of which the first, or both, go wrong.
 *
 * @param {string} name
 * @param {string} what
 * @param {(world: World, first: FaultServer, second: FaultServer) => unknown} spoil
 * @param {Record<string, unknown>} [expect]
 * @returns {Row}
 */
function mirrored(name, what, spoil, expect = served) {
  return {
    name,
    what,
    meets: true,
    async run(world) {
      const mirror = await world.servers.openMirror();
      const config = {registry: [world.server.registryUrl, mirror.registryUrl], download: {stallSeconds: 6}};
      await world.publish([old]);
      world.checkServed(await world.visit({config}), {source: 'model', version: '1.0.0'});
      await world.publish([next, old]);
      await spoil(world, world.server, mirror);
      await world.suffer(expect, {config});
      await world.heals(next, {config});
    },
  };
}

const files = /\/registry\/(blobs|manifests)/;
const blob = (/** @type {World} */ world) => world.version(next).blob;

/** @type {readonly Row[]} */
export const mirrorRows = [
  mirrored('mirror-down', 'the first registry answers nothing but resets', (_, first) => {
    first.inject(files, faults.reset(0));
  }),
  mirrored('mirror-503', 'the first registry is overloaded', (world, first) => {
    first.inject(blob(world), faults.status(503));
  }),
  mirrored('mirror-lying', 'the first registry has one wrong bit', (world, first) => {
    first.inject(blob(world), faults.flipped(1_000_000));
  }),
  mirrored('mirror-html', 'the first registry answers with a page', (world, first) => {
    first.inject(blob(world), faults.html);
  }),
  mirrored('mirror-missing', 'the first registry lacks the blob', (world, first) => {
    first.inject(blob(world), faults.status(404));
  }),
  mirrored('mirror-silent', 'the first registry takes requests and never answers', (world, first) => {
    first.inject(blob(world), faults.silent);
  }),
  mirrored('mirror-manifest-missing', 'the first registry lacks the manifest', (world, first) => {
    first.inject(`${world.version(next).digest}.json`, faults.status(404));
  }),
  mirrored('mirrors-wrong-in-turn', 'each registry has another wrong bit', (world, first, second) => {
    first.inject(blob(world), faults.flipped(200_000));
    second.inject(blob(world), faults.flipped(2_500_000));
  }),
  mirrored(
    'mirrors-both-lying',
    'both registries have the same wrong bit',
    (world, first, second) => {
      for (const server of [first, second]) server.inject(blob(world), faults.flipped(1_000_000));
    },
    {source: 'previous', version: '1.0.0', reason: 'artifact_corrupt'},
  ),
  mirrored(
    'mirror-wrong-once',
    'the first registry has one wrong bit once, and the second is gone',
    (world, first, second) => {
      first.inject(blob(world), faults.flipped(1_000_000), {times: 1});
      second.inject(files, faults.reset(0));
    },
  ),
  mirrored(
    'mirror-manifest-wrong-once',
    'the first registry gives a page instead of the manifest once, to be kept for a year, and the second is gone',
    (world, first, second) => {
      first.inject(`${world.version(next).digest}.json`, faults.htmlForAYear, {times: 1});
      second.inject(files, faults.reset(0));
    },
  ),
  {
    name: 'mirror-first-visit',
    what: 'the first registry is gone at the first visit, release and all',
    meets: true,
    async run(world) {
      const mirror = await world.servers.openMirror();
      const config = {registry: [world.server.registryUrl, mirror.registryUrl]};
      await world.publish([old]);
      world.server.inject(/\/registry\//, faults.reset(0));
      await world.suffer({source: 'model', version: '1.0.0'}, {config});
      await world.heals(old, {config});
    },
  },
];
