import {check} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const serves = {source: 'model', version: '1.0.0'};
const big = 'big@1.0.0';

/** `big` is installed, and its chunks were put into a pack. @param {World} world */
async function packed(world) {
  world.server.blobCache = 'no-store';
  await world.publish([big]);
  const tab = await world.begin();
  world.checkServed(await world.finished(tab), serves);
  for (let tries = 0; tries < 120 && (await world.probe('packs()')) === 0; tries++)
    await new Promise(resolve => setTimeout(resolve, 250));
  await tab.close();
  check((await world.probe('packs()')) === 1, 'half a minute after the start there is no pack');
  await world.checkStore();
}

/** Around the moment at which chunks are put together. @param {number} n @returns {Row} */
function packingKilled(n) {
  const afterMs = [0, 20, 60, 150, 2000][n] ?? 0;
  return {
    name: `packing-killed#${n}`,
    what: `SIGKILL for every process of the browser ${afterMs} ms after it began to put chunks together`,
    needs: ['packs', 'kill-browser'],
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.publish([big]);
      const tab = await world.begin();
      const visit = await world.finished(tab);
      check(await world.probe('packing()'), 'nothing was put together');
      await new Promise(resolve => setTimeout(resolve, afterMs));
      await world.driver.killBrowser();
      world.note(visit, await world.checkStore());
      const packs = await world.probe('packs()');
      world.facts.stored += `; packs: ${packs}`;
      check(afterMs < 2000 || packs > 0, 'nothing was put together in two seconds');
      const {sent} = await world.heals(big);
      check(sent === 0, `${sent} bytes were fetched again`);
    },
  };
}

/** Where chunks lie together in one file. @type {readonly Row[]} */
export const packRows = [
  {
    name: 'packed-chunk-rotten',
    what: 'one bit turned over of a chunk that lies in one file with fifty others',
    needs: ['packs'],
    async run(world) {
      await packed(world);
      const chunk = world.version(big).manifest.artifacts[0]?.chunks[20];
      await world.probe(`rotPacked('${chunk?.sha256}')`);
      const visit = await world.visit();
      world.note(visit, await world.checkStore());
      world.checkServed(visit, serves);
      check(visit.sent === chunk?.bytes, `${chunk?.bytes} bytes were missing, and ${visit.sent} were sent`);
      await world.heals(big);
    },
  },
  {
    name: 'packed-files-lost',
    what: 'the files in which chunks lie together are gone, the database names them still',
    needs: ['packs'],
    async run(world) {
      await packed(world);
      await world.probe('losePacks()');
      const mark = world.servers.mark();
      const tab = await world.begin();
      const visit = await world.finished(tab);
      await tab.close();
      check(sentBytes(world.servers.since(mark)) > 0, 'nothing came again of what was lost');
      world.note(visit, await world.checkStore());
      world.checkServed(visit, serves);
      await world.heals(big);
    },
  },
  ...[0, 1, 2, 3, 4].map(packingKilled),
];
