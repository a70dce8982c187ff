import {setTimeout as pause} from 'node:timers/promises';
import {check, checkFields} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';
import {bytesText} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */
/** @typedef {import('../world/world.mjs').Visit} Visit */

const quota = 12e6;
const [big, small] = ['big@1.0.0', 'table@1.0.0'];
const serves = {source: 'model', version: '1.0.0'};
/** The disk is full by then, and what comes now goes to memory. */
const spilledAfter = 15e6;

/** @param {(world: World) => Promise<void>} run @returns {Row['run']} */
const onSmallQuota = run => async world => {
  const origin = world.server.url;
  world.server.blobCache = 'no-store';
  await publishBoth(world);
  await world.driver.limitStorage(origin, quota);
  try {
    await run(world);
  } finally {
    world.server.line.bytesPerSecond = Infinity;
    await world.driver.limitStorage(origin, undefined);
  }
  await world.heals(big);
};

/** @param {World} world */
async function publishBoth(world) {
  const models = [big, small].map(reference => {
    const {digest, bytes, version} = world.version(reference);
    const model = {champion: version, versions: {[version]: {manifest: digest, bytes}}, revoked: [], enabled: true};
    return [reference.split('@')[0], model];
  });
  await world.publish([big], {change: {models: Object.fromEntries(models)}});
}

/** It ran from memory because the disk was full, and nothing else went wrong. @param {World} world @param {Visit} visit */
function checkSpilled(world, visit) {
  world.checkServed(visit, serves);
  checkFields(visit, {storageKind: 'memory'}, 'the store');
  const told = [...new Set(visit.problems)].join(', ');
  check(told === 'storage_full', `expected storage_full alone, got [${told}]: ${visit.messages.at(-1)}`);
}

/** It has fewer rows than the model of the release. @param {World} world @param {import('../browsers/driver.mjs').Tab} tab */
async function smallVisit(world, tab) {
  const visit = /** @type {Visit} */ (await tab.evaluate('lab.finished()'));
  world.checkTruth(visit, world.plan({model: 'table'}).ask, 'table');
  return visit;
}

/** @param {World} world */
async function beside(world) {
  world.server.line.bytesPerSecond = 5e6;
  const first = await world.begin({model: 'big'});
  while (sentBytes(world.server.log) < spilledAfter) await pause(50);
  const second = await world.begin({model: 'table'});
  const beside = await smallVisit(world, second);
  const visit = await world.finished(first, 'big');
  for (const one of [beside, visit]) checkSpilled(world, one);
  const [sent, bytes] = [sentBytes(world.server.log), world.version(big).bytes + world.version(small).bytes];
  check(sent === bytes, `${sent} bytes were sent of two models that have ${bytes}`);
  world.note({...visit, sent}, await world.checkStore());
  await Promise.all([first.close(), second.close()]);
  world.server.line.bytesPerSecond = Infinity;
  const third = await world.begin({model: 'table'});
  const next = await smallVisit(world, third);
  await third.close();
  world.checkServed(next, serves);
  checkFields(next, {storageKind: 'indexeddb'}, 'the small model at the next visit');
  check(next.problems.length === 0, `the small model was stored with ${next.problems.join(', ')}`);
}

/** @param {World} world */
async function fourTabs(world) {
  const tabs = await Promise.all([1, 2, 3, 4].map(() => world.openTab()));
  await Promise.all(tabs.map(tab => tab.evaluate(`lab.begin(${JSON.stringify(world.plan({model: 'big'}))})`)));
  const visits = await Promise.all(tabs.map(tab => world.finished(tab, 'big')));
  for (const visit of visits) checkSpilled(world, visit);
  const sent = sentBytes(world.server.log);
  const {bytes} = world.version(big);
  // Memory is each tab's own; what the disk took is fetched once. The write that it refuses may be of several chunks, and the browser counts its own files too.
  const most = 4 * bytes - 3 * (quota - 4e6);
  check(sent <= most, `${sent} bytes were sent to four tabs, expected at most ${most}`);
  world.note(/** @type {any} */ (visits[0]), await world.checkStore());
  world.facts.served = 'model 1.0.0 in 4 tabs';
  world.facts.fetched = `${bytesText(sent)} by 4 tabs`;
  await Promise.all(tabs.map(tab => tab.close()));
}

/** A quota of the browser on which a model goes on in memory, and who else needs the disk. @type {readonly Row[]} */
export const spillRows = [
  {
    name: 'quota-beside',
    what: "the browser's quota is 12 MB, and while a model of 25 MB goes on in memory another tab asks for one of 3",
    needs: ['quota', 'quota-of-blobs', 'quota-unforeseen'],
    run: onSmallQuota(beside),
  },
  {
    name: 'quota-four-tabs',
    what: 'the same quota, and four tabs ask for the model of 25 MB at once',
    needs: ['quota', 'quota-of-blobs', 'quota-unforeseen'],
    run: onSmallQuota(fourTabs),
  },
];
