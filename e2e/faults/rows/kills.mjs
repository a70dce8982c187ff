import {generator} from '../models/table-model.mjs';
import {check} from '../world/check.mjs';
import {bytesText} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const big = 'big@1.0.0';
/** What may wait for the disk when a device goes dark, and one chunk more of the lane that waits for them: verified, and not yet stored. */
const mostWaiting = 8 * 2 ** 20;

/** @param {World} world */
const largestChunk = world =>
  Math.max(...world.version(big).manifest.artifacts.flatMap(({chunks}) => chunks.map(({bytes}) => bytes)));

/** Every second one ends as soon as the page has verified all that was sent, so that what is lost can be counted at the server. @param {number} seed */
const isCaughtUp = seed => seed % 2 === 1;
/** A page that has less by then has lost a connection. */
const catchUpMs = 30_000;

/**
 * The moment that a seed names: when so much was sent, and so long after.
 *
 * @param {number} seed
 * @param {number} bytes of the model
 */
function moment(seed, bytes) {
  const random = generator(seed);
  random();
  return {atByte: Math.floor(random() * (bytes - 1)), afterMs: Math.floor(random() * 300)};
}

/**
 * An installation that ends at one byte, and is gone on with at the next visit.
 *
 * @param {World} world
 * @param {number} seed
 * @param {(tab: import('../browsers/driver.mjs').Tab) => Promise<void>} end
 * @param {boolean} [mayLose] see `checkStore`
 */
async function endedMidway(world, seed, end, mayLose = false) {
  const {bytes} = world.version(big);
  const {atByte, afterMs} = moment(seed, bytes);
  // Every byte that is asked for again would show at the server.
  world.server.blobCache = 'no-store';
  await world.publish([big]);
  world.server.holdAfter(atByte);
  const tab = await world.begin();
  await world.server.held();
  const chunk = largestChunk(world);
  // The last chunk that was begun is not whole, and a file of a few hundred bytes may come before the model or after it.
  const least = isCaughtUp(seed) ? atByte - chunk - 1000 : 0;
  if (isCaughtUp(seed)) await caughtUp(tab, least);
  else await new Promise(resolve => setTimeout(resolve, afterMs));
  // What a connection took may lie anywhere between here and the page; what the page says that it verified counts.
  const verified = Math.max(await verifiedBy(tab), least);
  await end(tab);
  world.server.letGo();
  const stored = await world.checkStore(mayLose);
  const storedBytes = stored.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  check(storedBytes <= atByte, `${storedBytes} bytes are stored, though only ${atByte} were sent`);
  check(
    storedBytes >= verified - mostWaiting - chunk,
    `of ${verified} bytes verified (${atByte} sent) only ${storedBytes} are stored`,
  );
  world.facts.stored = `${bytesText(storedBytes)} of the ${bytesText(atByte)} sent`;
  const visit = await world.heals(big);
  check(visit.sent === bytes - storedBytes, `${bytes - storedBytes} bytes were missing, and ${visit.sent} were sent`);
  world.facts.served = 'model 1.0.0, at the next visit';
  world.facts.fetched = `${bytesText(visit.sent)}, exactly what was missing`;
}

/** @param {import('../browsers/driver.mjs').Tab} tab */
const verifiedBy = async tab => (await tab.evaluate('lab.progress()'))?.loadedBytes ?? 0;

/** @param {import('../browsers/driver.mjs').Tab} tab @param {number} least */
async function caughtUp(tab, least) {
  const until = Date.now() + catchUpMs;
  while ((await verifiedBy(tab)) < least)
    check(Date.now() < until, `the page did not verify ${least} bytes within ${catchUpMs / 1000} s`);
}

/** When killed, WebKitGTK may lose what it said was stored. @param {World} world */
const loses = world => world.driver.engine === 'webkit';

/** @param {number} seed @returns {Row} */
const tabKilled = seed => ({
  name: `tab-killed#${seed}`,
  what: `the tab's process dies when byte ${moment(seed, 25_000_774).atByte} of 25 MB was sent`,
  needs: ['kill-tab'],
  run: world => endedMidway(world, seed, tab => tab.kill(), loses(world)),
});

/** @param {number} seed @returns {Row} */
const browserKilled = seed => ({
  name: `browser-killed#${seed}`,
  what: `SIGKILL for every process of the browser at byte ${moment(seed, 25_000_774).atByte}`,
  needs: ['kill-browser'],
  run: world => endedMidway(world, seed, () => world.driver.killBrowser(), loses(world)),
});

/** @type {readonly Row[]} */
export const killRows = [
  ...Array.from({length: 20}, (_, seed) => tabKilled(seed)),
  ...Array.from({length: 5}, (_, i) => browserKilled(100 + i)),
  {
    name: 'tab-closed',
    what: 'the person closes the tab in the middle of the download',
    run: world => endedMidway(world, 200, tab => tab.close()),
  },
  {
    name: 'page-left',
    what: 'the person goes to another page of the site in the middle',
    run: world =>
      endedMidway(world, 201, async tab => {
        await tab.goto(`${world.server.url}/probe.html`);
        await tab.close();
      }),
  },
  {
    name: 'browser-killed-while-serving',
    what: 'SIGKILL right after the first prediction',
    needs: ['kill-browser'],
    async run(world) {
      await world.publish(['table@1.0.0']);
      const tab = await world.begin();
      const visit = await world.finished(tab);
      await world.driver.killBrowser();
      world.note(visit, await world.checkStore());
      const {sent} = await world.heals('table@1.0.0');
      check(sent === 0, `${sent} bytes were fetched again`);
    },
  },
];
