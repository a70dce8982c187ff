import {check, checkFields} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';
import {bytesText} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const serves = {source: 'model', version: '1.0.0'};

/** The first visit on a device that lacks something: it serves right all the same. @param {string} name @param {string} what @param {import('../page/tamper.js').Tamper} tamper @param {'memory' | 'indexeddb'} storageKind where it runs from @returns {Row} */
function lacking(name, what, tamper, storageKind = 'memory') {
  return {
    name,
    what,
    meets: true,
    async run(world) {
      await world.publish([old]);
      const {visit} = await world.suffer(serves, {tamper});
      checkFields(visit, {storageKind}, 'the store');
      world.facts.stored += `; runs from ${visit.storageKind}`;
      await world.heals(old);
    },
  };
}

/**
 * 1.0.0 is installed; then something happens to what is stored, behind the client's back.
 *
 * @param {string} name
 * @param {string} what
 * @param {(world: World, chunk: string) => Promise<unknown>} spoil gets a chunk of the model in the middle
 * @param {(world: World, visit: import('../world/world.mjs').Visit & {sent: number}) => void} [then]
 * @returns {Row}
 */
function behindItsBack(name, what, spoil, then = () => {}) {
  return {
    name,
    what,
    async run(world) {
      // What was evicted comes from the server, not from another store of the browser.
      world.server.blobCache = 'no-store';
      await world.install(old);
      const {sha256, middle} = thirdChunk(world);
      await spoil(world, sha256);
      const visit = await world.visit({ask: rowsAround(world, middle)});
      world.note(visit, await world.stored());
      world.checkServed(visit, serves);
      then(world, visit);
      await world.heals(old);
    },
  };
}

/** A chunk of the model in the middle, and the offset of its own middle in the file. @param {World} world */
function thirdChunk(world) {
  const {manifest} = world.version(old);
  const chunks = manifest.artifacts.find(({path}) => path === manifest.entry)?.chunks ?? [];
  const [before, chunk] = [chunks.slice(0, 2), chunks[2]];
  if (!chunk) throw new Error(`${old} has only ${chunks.length} chunks`);
  return {...chunk, middle: before.reduce((sum, {bytes}) => sum + bytes, 0) + (chunk.bytes >> 1)};
}

/** What to ask a model of eight tables so that a byte at this offset shows. @param {World} world @param {number} offset */
function rowsAround(world, offset) {
  const {rows} = world.version(old);
  // The file's own words before each table are a hundred bytes or two.
  const at = Math.floor(offset / 4) % rows;
  return Array.from({length: 300}, (_, i) => (at - 250 + i + rows) % rows);
}

/** @param {(world: World) => number} bytes */
const fetches =
  bytes =>
  (/** @type {World} */ world, /** @type {{sent: number}} */ {sent}) =>
    check(sent === bytes(world), `${bytes(world)} bytes were missing, and ${sent} were sent`);

const all = fetches(world => world.version(old).bytes);
const oneChunk = fetches(world => thirdChunk(world).bytes);
const none = fetches(() => 0);

/** Something happens to the database while a page is open over it. @param {string} name @param {string} what @param {string} call @param {string} storageKind where the next visit stores @returns {Row} */
function whileOpen(name, what, call, storageKind) {
  return {
    name,
    what,
    async run(world) {
      await world.install(old);
      const tab = await world.begin();
      await world.finished(tab);
      const done = await world.probe(call);
      check(done === 'done', `${call}: ${done}`);
      const visit = await tab.evaluate('lab.predict()');
      world.checkTruth(visit);
      world.checkServed(visit, serves);
      // The page goes on to the new version over a database that is gone.
      await world.publish([next, old]);
      await tab.evaluate('lab.refresh()');
      const after = await tab.evaluate('lab.again()');
      world.checkTruth(after);
      world.checkServed(after, {source: 'model', version: '2.0.0'});
      world.note(after, await world.stored());
      await tab.close();
      await world.server.heal();
      const healed = await world.visit();
      world.checkServed(healed, {source: 'model', version: '2.0.0'});
      checkFields(healed, {storageKind}, 'the store');
      world.facts.heals = `2.0.0 from ${bytesText(healed.sent)}, runs from ${healed.storageKind}`;
    },
  };
}

/** A real quota of the browser, too small. @param {string} name @param {string} what @param {number} bytes @param {import('../page/tamper.js').Tamper} [tamper] @returns {Row} */
function quota(name, what, bytes, tamper) {
  return {
    name,
    what,
    needs: ['quota', 'quota-of-blobs'],
    meets: tamper !== undefined,
    async run(world) {
      await world.publish(['big@1.0.0']);
      const origin = world.server.url;
      await world.driver.limitStorage(origin, bytes);
      try {
        const {visit} = await world.suffer({source: 'model', version: '1.0.0'}, {...(tamper && {tamper})});
        check(visit.problems.includes('storage_full'), `expected storage_full among [${visit.problems.join(', ')}]`);
        checkFields(visit, {storageKind: 'memory'}, 'the store');
        world.facts.stored += `; runs from ${visit.storageKind}`;
      } finally {
        await world.driver.limitStorage(origin, undefined);
      }
      await world.heals('big@1.0.0');
    },
  };
}

/** @type {readonly Row[]} */
export const storageRows = [
  quota('quota-2-MB', "the browser's quota is 2 MB, the model has 25", 2e6),
  quota('quota-12-MB', "the browser's quota is 12 MB: spent in the middle", 12e6),
  quota('quota-foreseen', 'the same, and the browser says so beforehand', 12e6, {estimateSays: 12e6}),
  quota(
    'quota-met-midway',
    'the same, and the browser promised plenty: the quota is met while chunks are written',
    12e6,
    {
      estimateSays: 10e9,
    },
  ),
  lacking('full-at-first-chunk', 'the disk is full before the first chunk', {fullAfterChunks: 0}),
  lacking('full-at-chunk-3', 'the disk is full at the fourth chunk', {fullAfterChunks: 3}),
  lacking('full-for-records', 'chunks can be stored, the catalog can not', {fullStores: ['catalog']}),
  lacking('full-for-settings', 'the release can not be stored', {fullStores: ['settings']}, 'indexeddb'),
  lacking('full-for-everything', 'nothing can be written', {fullStores: ['catalog', 'settings', 'chunks', 'sizes']}),
  lacking('no-indexeddb', 'a browser mode without IndexedDB', {noIndexedDb: true}),
  {
    name: 'full-at-update',
    what: 'the disk is full when the new version comes',
    meets: true,
    async run(world) {
      await world.install(old);
      await world.publish([next, old]);
      await world.suffer({source: 'model', version: '2.0.0'}, {tamper: {fullAfterChunks: 1}});
      await world.heals(next);
    },
  },
  {
    name: 'newer-database',
    what: 'the database is of a newer client; this one can not open it',
    async run(world) {
      await world.install(old);
      await world.probe('upgradeDatabase(1000)');
      const {visit} = await world.suffer(serves);
      world.facts.stored += `; runs from ${visit.storageKind}`;
      checkFields(visit, {storageKind: 'memory'}, 'the store');
      const again = await world.visit();
      world.checkServed(again, serves);
      // What a newer client has stored is not for this one to change.
      check((await world.probe('databaseVersion()')) === 1000, 'the newer database was replaced');
      world.facts.heals = `${again.served.version} from ${again.storageKind}, the newer database as it was`;
    },
  },
  {
    name: 'database-held',
    what: 'another page holds the database and never lets go while it is forgotten',
    async run(world) {
      // What is fetched again comes from the server, not from another store of the browser.
      world.server.blobCache = 'no-store';
      await world.install(old);
      const holder = await world.driver.openTab(`${world.server.url}/probe.html`);
      await holder.evaluate('probe.holdDatabase()');
      const tab = await world.begin();
      world.checkServed(await world.finished(tab), serves);
      await tab.evaluate('lab.forget()');
      await tab.close();
      const left = await holder.evaluate('probe.readHeld()');
      check(left.chunks.length === 0, `${left.chunks.length} chunks are left after forget()`);
      await holder.close();
      const {visit} = await world.suffer(serves);
      check(visit.sent === world.version(old).bytes, `${visit.sent} bytes were sent of what was forgotten`);
      await world.heals(old);
    },
  },
  whileOpen('deleted-while-open', 'the database is deleted while a page is open', 'deleteDatabase()', 'indexeddb'),
  whileOpen(
    'upgraded-while-open',
    'another page opens the database in a newer version',
    'upgradeDatabase(1000)',
    'memory',
  ),
  behindItsBack('database-deleted', 'the database was deleted', world => world.probe('deleteDatabase()'), all),
  behindItsBack(
    'chunk-gone',
    'one stored chunk is gone',
    (world, chunk) => world.probe(`removeChunk('${chunk}')`),
    oneChunk,
  ),
  {
    name: 'chunk-gone-disk-full',
    what: 'one stored chunk is gone, and the disk takes nothing in its place',
    meets: true,
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.install(old);
      const {sha256} = thirdChunk(world);
      await world.probe(`removeChunk('${sha256}')`);
      const {chunks} = await world.stored();
      const {visit, stored} = await world.suffer(serves, {tamper: {fullAfterChunks: 0}});
      oneChunk(world, visit);
      const left = stored.chunks.length;
      check(left === chunks.length, `of ${chunks.length} chunks that were right ${left} are left`);
      oneChunk(world, await world.heals(old));
    },
  },
  behindItsBack(
    'chunk-rotten',
    'one bit of a stored chunk turned over',
    (world, chunk) => world.probe(`rotChunk('${chunk}')`),
    oneChunk,
  ),
  behindItsBack(
    'chunk-shortened',
    'a stored chunk lost its end',
    (world, chunk) => world.probe(`shortenChunk('${chunk}')`),
    oneChunk,
  ),
  {
    name: 'value-files-lost',
    what: 'the files that the browser keeps large values in are gone, its database names them still',
    needs: ['value-files'],
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.publish(['big@1.0.0']);
      world.checkServed(await world.visit(), serves);
      await world.driver.loseValueFiles();
      const mark = world.servers.mark();
      const tab = await world.begin();
      const visit = await world.finished(tab);
      await tab.close();
      check(sentBytes(world.servers.since(mark)) > 0, 'nothing came again of what was lost');
      world.note(visit, await world.checkStore());
      world.checkServed(visit, serves);
      await world.heals('big@1.0.0');
    },
  },
  behindItsBack(
    'record-gone',
    "the catalog's record is gone, the chunks are not",
    world => world.probe(`removeRecord('${world.version(old).digest}')`),
    none,
  ),
];
