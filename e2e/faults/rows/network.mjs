import * as faults from '../server/faults.mjs';
import {check} from '../world/check.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../server/fault-server.mjs').Fault} Fault */
/** @typedef {import('../world/world.mjs').World} World */
/** @typedef {import('../browsers/driver.mjs').Engine} Engine */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const previous = {source: 'previous', version: '1.0.0'};
const served = {source: 'model', version: '2.0.0'};
/** Less than an app would take: the rows that wait for it are many. */
const stallSeconds = 6;

/**
 * 1.0.0 serves; 2.0.0 comes with a fault on the way.
 *
 * @param {string} name
 * @param {string} what
 * @param {(world: World) => Fault} fault
 * @param {{expect: Record<string, unknown> | ((engine: Engine) => Record<string, unknown>), times?: number, skip?: number, pauseMs?: number, path?: (world: World) => string | RegExp}} options
 * @returns {Row}
 */
function update(name, what, fault, {expect, path = world => world.version(next).blob, pauseMs = 0, ...times}) {
  return {
    name,
    what,
    meets: true,
    async run(world) {
      await world.install(old);
      await world.publish([next, old]);
      world.server.inject(path(world), fault(world), times);
      const outcome = typeof expect === 'function' ? expect(world.driver.engine) : expect;
      await world.suffer(outcome, {config: {download: {stallSeconds}}});
      const [first, second] = world.server.log.filter(asked => asked.path.endsWith(world.version(next).blob));
      const pausedMs = Math.round(Number(second?.atMs) - Number(first?.atMs));
      check(pauseMs === 0 || pausedMs >= pauseMs, `expected a pause of ${pauseMs} ms, got ${pausedMs} ms`);
      await world.heals(next);
    },
  };
}

const wrong = {...previous, reason: 'artifact_corrupt'};
const refused = {...previous, reason: 'response_invalid'};
const network = {...previous, reason: 'network'};

/** What `kedge serve` lets scripts of another origin see, on errors too. */
const exposed = {'access-control-expose-headers': 'Content-Range, Content-Length, ETag, Retry-After'};

/** Of the file that the runtime loads. @param {World} world @param {string} reference */
function chunksOf(world, reference) {
  const {manifest} = world.version(reference);
  return manifest.artifacts.find(({path}) => path === manifest.entry)?.chunks ?? [];
}

/** The first offset of the new version's nth chunk. @param {World} world @param {number} n */
const chunkStart = (world, n) =>
  chunksOf(world, next)
    .slice(0, n)
    .reduce((sum, {bytes}) => sum + bytes, 0);

/** The last chunk that the old version has not: another is not asked for. @param {World} world */
function lastNewChunk(world) {
  const known = new Set(chunksOf(world, old).map(({sha256}) => sha256));
  return chunksOf(world, next).findLastIndex(({sha256}) => !known.has(sha256));
}

/** @type {readonly Row[]} */
export const networkRows = [
  update('html-200', 'a captive portal answers 200 with a page', () => faults.html, {expect: refused}),
  update('html-as-bytes', 'the same, without saying that it is HTML', () => faults.htmlAsBytes, {expect: wrong}),
  update('html-once', 'the portal answers once, then lets through', () => faults.html, {expect: served, times: 1}),
  update('short-206', 'a third of the range, and a length to match', () => faults.short(1 / 3), {expect: wrong}),
  update('long-206', 'bytes after the end', () => faults.long(1000), {expect: wrong}),
  update('misaligned-206', 'another range than was asked for, and it says so', () => faults.misaligned(4096), {
    expect: refused,
  }),
  update('lying-206', 'another range than was asked for, under the right name', () => faults.lying(4096), {
    expect: wrong,
  }),
  {
    name: 'range-ignored',
    what: 'the server knows no ranges, and the blob is large enough to be asked for in parts',
    meets: true,
    async run(world) {
      const {blob, bytes} = world.version('wide@1.0.0');
      world.server.blobCache = 'no-store';
      await world.publish(['wide@1.0.0']);
      world.server.inject(blob, faults.ignoresRange);
      const {visit} = await world.suffer({source: 'model', version: '1.0.0'});
      const requests = world.server.log.filter(({path}) => path.endsWith(blob));
      check(
        requests.some(({range}) => range),
        'no part of it was asked for',
      );
      check(visit.sent === bytes, `${visit.sent} bytes were sent for a model of ${bytes}`);
      await world.heals('wide@1.0.0');
    },
  },
  update('flipped-first', 'one bit wrong in the first chunk', () => faults.flipped(10), {expect: wrong}),
  update('flipped-middle', 'one bit wrong in a middle chunk', world => faults.flipped(chunkStart(world, 2) + 99), {
    expect: wrong,
  }),
  update(
    'flipped-last',
    'one bit wrong, the last of those that are fetched',
    world => faults.flipped(chunkStart(world, lastNewChunk(world) + 1) - 1),
    {expect: wrong},
  ),
  update('flipped-once', 'one bit wrong the first time', () => faults.flipped(10), {expect: served, times: 1}),
  update(
    'replaced-midway',
    'the file is replaced while it is sent',
    world => faults.replaced(chunkStart(world, 2), Buffer.alloc(4e6, 1)),
    {expect: wrong},
  ),
  update('other-blob', "the registry serves another model's bytes", () => faults.otherFile(Buffer.alloc(4e6, 3)), {
    expect: wrong,
  }),
  // The second try goes past the browser's cache: Chromium's corrects the length that an empty answer tells, which then looks
  // like a connection that ended. The others hand it over as it came.
  update('empty-body', 'the right status, with nothing in it', () => faults.short(0), {
    expect: engine => (engine === 'chromium' ? network : wrong),
  }),
  update('broken-once', 'the connection ends in the middle', () => faults.broken(1_000_000), {
    expect: served,
    times: 1,
  }),
  update('broken-often', 'each connection brings 700 kB and ends', () => faults.broken(700_000), {expect: served}),
  update('broken-always', 'every connection ends before a chunk is whole', () => faults.broken(5000), {
    expect: network,
  }),
  update('reset-once', 'the connection is reset in the middle', () => faults.reset(1_500_000), {
    expect: served,
    times: 1,
  }),
  update('reset-always', 'every connection is reset', () => faults.reset(5000), {expect: network}),
  update('stalled-once', 'the connection goes quiet in the middle', () => faults.stalled(1_500_000), {
    expect: served,
    times: 1,
  }),
  update('silent-once', 'the request is taken and never answered', () => faults.silent, {expect: served, times: 1}),
  update('slow-first-byte', 'three seconds before the first byte', () => faults.slow(3000), {expect: served}),
  update('status-429', '429 without Retry-After, twice', () => faults.status(429), {expect: served, times: 2}),
  update(
    'status-429-retry-after',
    '429 with Retry-After of one second',
    () => faults.status(429, {'retry-after': '1'}),
    {expect: served, times: 1, pauseMs: 1000},
  ),
  update('status-503', '503 without Retry-After, twice', () => faults.status(503), {expect: served, times: 2}),
  update(
    'status-503-retry-after',
    '503 with Retry-After of one second',
    () => faults.status(503, {'retry-after': '1'}),
    {expect: served, times: 1, pauseMs: 1000},
  ),
  {
    name: 'status-503-other-origin',
    what: 'the registry is of another origin, which exposes Retry-After of two seconds on its 503',
    meets: true,
    async run(world) {
      const other = await world.servers.openMirror();
      const config = {registry: other.registryUrl};
      await world.publish([old]);
      world.checkServed(await world.visit({config}), {...served, version: '1.0.0'});
      await world.publish([next, old]);
      const {blob} = world.version(next);
      other.inject(blob, faults.status(503, {...exposed, 'retry-after': '2'}), {times: 1});
      await world.suffer(served, {config});
      const [first, second] = other.log.filter(({path}) => path.endsWith(blob));
      const pauseMs = Math.round((second?.atMs ?? 0) - (first?.atMs ?? 0));
      check(pauseMs >= 2000, `expected a pause of two seconds, got ${pauseMs} ms`);
      await world.heals(next, {config});
    },
  },
  update('status-503-always', '503 for ever', () => faults.status(503), {expect: network}),
  update('status-404', 'the blob is not there', () => faults.status(404), {expect: refused}),
  update('status-403', 'the blob may not be read', () => faults.status(403), {expect: refused}),
  update('status-416', 'no such range', () => faults.status(416), {expect: refused}),
  update('redirect-to-page', 'a redirect to a page of HTML', world => faults.redirect(`${world.server.url}/lab.html`), {
    expect: refused,
  }),
  // Refused for its encoding. The second try goes past the browser's cache, and with that Chromium fails such a range itself: no
  // answer ever reaches the page. The others hand it over, and it is refused once more.
  update('gzip-encoded', 'a proxy compresses the range', () => faults.gzipped, {
    expect: engine => (engine === 'chromium' ? network : refused),
  }),
  update('manifest-missing', 'the manifest is not there', () => faults.status(404), {
    expect: refused,
    path: world => `${world.version(next).digest}.json`,
  }),
  update('manifest-html', 'a page instead of the manifest', () => faults.html, {
    expect: refused,
    path: world => `${world.version(next).digest}.json`,
  }),
  update('manifest-html-cached', 'a page instead of the manifest, to be kept for a year', () => faults.htmlForAYear, {
    expect: refused,
    path: world => `${world.version(next).digest}.json`,
  }),
  update('manifest-flipped', 'one bit of the manifest is wrong', () => faults.flipped(200), {
    expect: {...previous, reason: 'manifest_invalid'},
    path: world => `${world.version(next).digest}.json`,
  }),
  update('manifest-cut', 'half of the manifest', () => faults.short(0.5), {
    expect: {...previous, reason: 'manifest_invalid'},
    path: world => `${world.version(next).digest}.json`,
  }),
];
