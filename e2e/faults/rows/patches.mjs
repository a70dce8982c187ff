import {createHash} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import * as faults from '../server/faults.mjs';
import {check} from '../world/check.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['tune@1.0.0', 'tune@1.1.0'];
const served = {source: 'model', version: '1.1.0'};

const nothing = () => {};

/** The patch that the command line made. @param {World} world */
function patchOf(world) {
  const [patch] = world.version(next).manifest.patches ?? [];
  if (!patch) throw new Error(`${next} has no patch`);
  return patch;
}

/**
 * 1.0.0 serves; 1.1.0 comes as a patch, with a fault. Where the patch fails, the full bytes do it.
 *
 * @param {string} name
 * @param {string} what
 * @param {(world: World) => unknown} spoil may put another manifest in force: resolves to its digest
 * @param {'patch' | 'full'} by what it must come by
 * @param {string} [base] what is installed before; nothing where empty
 * @returns {Row}
 */
function patched(name, what, spoil, by, base = old) {
  return {
    name,
    what,
    meets: spoil !== nothing,
    async run(world) {
      world.server.blobCache = 'no-store';
      if (base) await world.install(base);
      await world.publish([next, ...(base ? [base] : [])]);
      const manifest = await spoil(world);
      const {visit} = await world.suffer(served);
      const {bytes} = patchOf(world);
      const full = world.version(next).bytes;
      if (by === 'patch') check(visit.sent < bytes * 1.5, `${visit.sent} bytes were sent for a patch of ${bytes}`);
      else
        check(
          visit.sent > bytes * 1.5 && visit.sent <= full + 2 * bytes,
          `${visit.sent} bytes were sent for a model of ${full}`,
        );
      await world.heals(next, {}, typeof manifest === 'string' ? manifest : undefined);
    },
  };
}

/** The same update under a patch of another making. @param {World} world @param {Buffer} body @param {string} [base] */
async function replacePatch(world, body, base) {
  const manifest = structuredClone(world.version(next).manifest);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const patch = {...patchOf(world), sha256, bytes: body.length, chunks: [{sha256, bytes: body.length}]};
  manifest.patches = [{...patch, ...(base !== undefined && {base})}];
  world.server.put(`/registry/blobs/${sha256}`, body);
  world.server.inject(`/blobs/${sha256}`, faults.asItIs);
  return world.publishManifest(JSON.stringify(manifest), [old], {champion: '1.1.0'});
}

/** An op that copies the whole base, as often as asked. @param {number} times @param {number} bytes */
function copies(times, bytes) {
  const op = Buffer.concat([varint(0), varint(0), varint(bytes)]);
  return gzipSync(Buffer.concat(Array.from({length: times}, () => op)));
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

const path = (/** @type {World} */ world) => `/blobs/${patchOf(world).sha256}`;

/** @type {readonly Row[]} */
export const patchRows = [
  patched('patch', 'nothing goes wrong: a fine-tuned int8 model comes as a patch', nothing, 'patch'),
  patched('patch-base-missing', 'the version that the patch starts from is not there', nothing, 'full', ''),
  patched(
    'patch-base-wrong',
    'the patch was made from other bytes than it says',
    world => replacePatch(world, copies(1, world.version(old).bytes - 1000)),
    'full',
  ),
  {
    name: 'patch-base-chunk-gone',
    what: "a chunk of the base is gone from the device's store; then the base is to serve again",
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.install(old);
      await world.publish([next, old]);
      await world.probe(`removeChunk('${world.version(old).manifest.artifacts[0]?.chunks[1]?.sha256}')`);
      const visit = await world.visit();
      // Not `checkStore`: what was taken behind its back is missed when it is needed.
      world.note(visit, await world.stored());
      world.checkServed(visit, served);
      check(visit.sent <= world.version(next).bytes + 2 * patchOf(world).bytes, `${visit.sent} bytes were sent`);
      await world.publish([old, next]);
      await world.heals(old);
    },
  },
  patched(
    'patch-flipped',
    'one bit of the patch is wrong',
    world => world.server.inject(path(world), faults.flipped(100)),
    'full',
  ),
  patched('patch-cut', 'half of the patch', world => world.server.inject(path(world), faults.short(0.5)), 'full'),
  patched(
    'patch-missing',
    'the patch is not there',
    world => world.server.inject(path(world), faults.status(404)),
    'full',
  ),
  {
    name: 'patch-missing-mirror-down',
    what: 'the patch is not there, and the second registry is gone',
    async run(world) {
      world.server.blobCache = 'no-store';
      const mirror = await world.servers.openMirror();
      const config = {registry: [world.server.registryUrl, mirror.registryUrl], download: {stallSeconds: 6}};
      await world.publish([old]);
      world.checkServed(await world.visit({config}), {source: 'model', version: '1.0.0'});
      await world.publish([next, old]);
      const missing = world.server.inject(path(world), faults.status(404));
      mirror.inject(/\/registry\//, faults.reset(0));
      await world.suffer(served, {config});
      check(missing.hits > 0, 'the patch was not asked for');
      await world.heals(next, {config});
    },
  },
  patched(
    'patch-503',
    'the patch is 503 for ever',
    world => world.server.inject(path(world), faults.status(503)),
    'full',
  ),
  patched(
    'patch-broken-always',
    'every connection ends in the middle of the patch',
    world => world.server.inject(path(world), faults.broken(3000)),
    'full',
  ),
  patched(
    'patch-silent',
    'the patch is asked for and never comes',
    world => world.server.inject(path(world), faults.silent),
    'full',
  ),
  patched('patch-html', 'a page instead of the patch', world => world.server.inject(path(world), faults.html), 'full'),
  patched(
    'patch-not-gzip',
    'a patch, signed and all, that is no patch',
    world => replacePatch(world, Buffer.alloc(5000, 9)),
    'full',
  ),
  patched(
    'patch-endless',
    'a patch of a few kilobytes that makes a hundred gigabytes',
    world => replacePatch(world, copies(20_000, world.version(old).bytes - 1000)),
    'full',
  ),
  patched(
    'patch-broken-once',
    'the connection ends in the middle of the patch',
    world => world.server.inject(path(world), faults.broken(3000), {times: 1}),
    'patch',
  ),
];
