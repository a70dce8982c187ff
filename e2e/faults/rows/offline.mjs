import * as faults from '../server/faults.mjs';
import {check, checkFields} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';
import {bytesText, within} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next, big] = ['table@1.0.0', 'table@2.0.0', 'big@1.0.0'];
/** With a version on the device, offline. */
const answersWithinMs = 15_000;
/** As much may be on its way when a line is cut. */
const mostLost = 20e6;

/** Resolves when the client has noticed. How often it asks again, and how soon, is chance in part. @param {import('../browsers/driver.mjs').Tab} tab */
async function waits(tab) {
  while ((await tab.evaluate('lab.progress()'))?.state !== 'waiting') await new Promise(go => setTimeout(go, 30));
}

/** The line is cut in the middle of a download, and is there again. @param {World} world @param {() => Promise<void>} cut @param {() => Promise<void>} mend */
async function cutMidway(world, cut, mend) {
  world.server.blobCache = 'no-store';
  await world.publish([big]);
  world.server.holdAfter(12e6);
  const tab = await world.begin();
  await world.server.held();
  await cut();
  world.server.letGo();
  await within(60_000, 'noticing', waits(tab));
  await mend();
  const visit = await world.finished(tab);
  world.note(visit, await world.checkStore());
  const sent = sentBytes(world.server.log);
  world.facts.fetched = bytesText(sent);
  world.checkServed(visit, {source: 'model', version: '1.0.0'});
  check(sent <= world.version(big).bytes + mostLost, `${sent} bytes were sent`);
  await tab.close();
  await world.heals(big);
}

/** @type {readonly Row[]} */
export const offlineRows = [
  {
    name: 'offline-midway',
    what: 'the device goes offline in the middle of the download, and comes back',
    needs: ['offline'],
    run: world =>
      cutMidway(
        world,
        // Browsers' switches leave what is on its way alone, a network that goes does not.
        async () => {
          await world.driver.setOffline(true);
          await world.server.unplug();
        },
        async () => {
          await world.server.plug();
          await world.driver.setOffline(false);
        },
      ),
  },
  {
    name: 'unplugged-midway',
    what: 'the registry is gone in the middle of the download, and comes back',
    run: world =>
      cutMidway(
        world,
        () => world.server.unplug(),
        () => world.server.plug(),
      ),
  },
  {
    name: 'offline-midway-of-update',
    what: 'the device goes offline in the middle of an update; another tab asks as well',
    needs: ['offline'],
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.install(old);
      await world.publish([next, old]);
      world.server.holdAfter(1_500_000);
      // Opened while there is a network.
      const [second, leader] = [await world.openTab(), await world.begin({config: {releaseWaitMs: 5000}})];
      await world.server.held();
      await world.driver.setOffline(true);
      await world.server.unplug();
      world.server.letGo();
      await within(60_000, 'noticing', waits(leader));
      await second.evaluate(`lab.begin(${JSON.stringify(world.plan())})`);
      for (const tab of [leader, second]) {
        const visit = await within(answersWithinMs, 'an answer', world.finished(tab));
        world.checkServed(visit, {source: 'previous', version: '1.0.0', reason: 'network'});
        await tab.close();
      }
      await world.server.plug();
      await world.driver.setOffline(false);
      world.facts.served = 'previous 1.0.0 (network) in 2 tabs';
      await world.checkStore();
      await world.heals(next);
    },
  },
  {
    name: 'registry-gone',
    what: 'the registry is gone at the second visit',
    meets: true,
    async run(world) {
      await world.install(old);
      world.server.inject(/\/registry\//, faults.reset(0));
      await world.suffer({source: 'model', version: '1.0.0'});
      await world.heals(old);
    },
  },
  {
    name: 'registry-gone-first',
    what: 'the registry is gone at the first visit',
    meets: true,
    async run(world) {
      await world.publish([old]);
      world.server.inject(/\/registry\//, faults.reset(0));
      await world.suffer({source: 'baseline', reason: 'network'});
      await world.heals(old);
    },
  },
  {
    name: 'cancelled-midway',
    what: 'the person cancels in the middle of the download',
    async run(world) {
      world.server.blobCache = 'no-store';
      await world.publish([big]);
      world.server.line.bytesPerSecond = 5e6;
      const visit = await world.visit({abortAfterMs: 3000});
      checkFields(visit, {rejected: 'TimeoutError'}, 'cancelling');
      const stored = await world.checkStore();
      world.note(visit, stored);
      world.server.line.bytesPerSecond = Infinity;
      const kept = stored.chunks.reduce((sum, {bytes}) => sum + bytes, 0);
      const healed = await world.heals(big);
      check(healed.sent === world.version(big).bytes - kept, 'what was verified was fetched again');
    },
  },
];
