import * as faults from '../server/faults.mjs';
import {check, checkFields} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';
import {bytesText} from '../world/world.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const reference = 'table@1.0.0';

/** Opens so many tabs that all ask at once. @param {World} world @param {number} count @param {string} [model] */
async function openAtOnce(world, count, model = reference) {
  world.server.blobCache = 'no-store';
  await world.publish([model]);
  const tabs = await Promise.all(Array.from({length: count}, () => world.openTab()));
  await Promise.all(tabs.map(tab => tab.evaluate(`lab.begin(${JSON.stringify(world.plan())})`)));
  return tabs;
}

/** @param {World} world @param {readonly import('../browsers/driver.mjs').Tab[]} tabs */
async function allServe(world, tabs) {
  const visits = await Promise.all(tabs.map(tab => world.finished(tab)));
  for (const visit of visits) world.checkServed(visit, {source: 'model', version: '1.0.0'});
  const [visit] = visits;
  const stored = await world.checkStore();
  if (visit) world.note(visit, stored);
  world.facts.served = `model 1.0.0 in ${tabs.length} tabs`;
  await Promise.all(tabs.map(tab => tab.close()));
}

/** @param {World} world @param {string} [model] */
function eachByteOnce(world, model = reference) {
  const {bytes} = world.version(model);
  const sent = sentBytes(world.server.log);
  check(sent === bytes, `the tabs fetched ${sent} bytes of a model of ${bytes}`);
  world.facts.fetched = `${bytesText(sent)}, each byte once`;
}

/** @param {number} count @returns {Row['run']} */
const together = count => async world => {
  const tabs = await openAtOnce(world, count);
  await allServe(world, tabs);
  eachByteOnce(world);
  await world.heals(reference);
};

/**
 * Of three tabs the one that downloads is gone midway; each of the others has met it by then, and waits.
 *
 * @param {'kill' | 'close'} end
 * @param {number} atByte
 * @param {import('../page/tamper.js').Tamper} [tamper]
 * @returns {Row['run']}
 */
const leaderEnds = (end, atByte, tamper) => async world => {
  const change = tamper && {tamper};
  const model = 'big@1.0.0';
  const {bytes} = world.version(model);
  world.server.blobCache = 'no-store';
  await world.publish([model]);
  world.server.holdAfter(atByte);
  const leader = await world.begin(change);
  await world.server.held();
  const waiting = await Promise.all([world.begin(change), world.begin(change)]);
  for (const tab of waiting) await waits(tab);
  const mark = world.servers.mark();
  await leader[end]();
  const before = await world.stored();
  world.server.letGo();
  await allServe(world, waiting);
  world.checkAskedOnce(mark, before);
  const stored = before.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  const {log} = world.server;
  // All that was sent beyond what the leader got, to whomever. The network process of WebKitGTK may take more for a tab that is dead.
  const resumed = world.driver.engine === 'webkit' ? sentBytes(world.servers.since(mark)) : sentBytes(log) - atByte;
  const missing = bytes - stored;
  // A tab that is closed may store what it has after the look at what is stored; one that is killed may not.
  check(
    end === 'kill' ? resumed === missing : resumed <= missing,
    `${missing} bytes were missing, the next tab fetched ${resumed}`,
  );
  world.facts.fetched = `${bytesText(resumed)} by the next tab, ${bytesText(stored)} kept`;
  const {sent} = await world.heals(model);
  check(sent === 0, `${sent} bytes were fetched again`);
};

/** Resolves when a tab was told that another one is at it. @param {import('../browsers/driver.mjs').Tab} tab */
async function waits(tab) {
  while (!(await tab.evaluate('lab.waited()'))) await new Promise(resolve => setTimeout(resolve, 50));
}

const pair = /** @type {const} */ (['left', 'right']);

/** A release of two models that share a file. @param {World} world */
async function publishPair(world) {
  const model = (/** @type {string} */ name) => {
    const {digest, bytes, version} = world.version(`${name}@1.0.0`);
    return {champion: version, versions: {[version]: {manifest: digest, bytes}}, revoked: [], enabled: true};
  };
  world.server.blobCache = 'no-store';
  await world.publish(['left@1.0.0'], {change: {models: Object.fromEntries(pair.map(name => [name, model(name)]))}});
}

/** Bytes of both models, what they share once. @param {World} world */
function pairBytes(world) {
  const artifacts = pair.flatMap(name => world.version(`${name}@1.0.0`).manifest.artifacts);
  const blobs = new Map(artifacts.map(({sha256, bytes}) => [sha256, bytes]));
  return [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Two tabs, each at one of two models, that meet at the file that both have. @param {(leader: import('../browsers/driver.mjs').Tab) => Promise<void>} [end] of the tab that downloads @returns {Row['run']} */
const meeting = end => async world => {
  await publishPair(world);
  world.server.holdAfter(4e6);
  const leader = await world.begin({model: 'left'});
  await world.server.held();
  const follower = await world.begin({model: 'right'});
  await waits(follower);
  const mark = world.servers.mark();
  await end?.(leader);
  const before = await world.stored();
  world.server.letGo();
  const visits = end ? [] : [await world.finished(leader, 'left')];
  visits.push(await world.finished(follower, 'right'));
  for (const visit of visits) world.checkServed(visit, {source: 'model', version: '1.0.0'});
  const stored = await world.checkStore();
  world.note(/** @type {any} */ (visits.at(-1)), stored);
  world.facts.served = end ? 'model 1.0.0 of one' : 'model 1.0.0 of both in 2 tabs';
  if (end) world.checkAskedOnce(mark, before);
  else checkPairOnce(world);
  await Promise.all([...(end ? [] : [leader]), follower].map(tab => tab.close()));
  await world.heals('left@1.0.0');
};

/** @param {World} world */
function checkPairOnce(world) {
  const [bytes, sent] = [pairBytes(world), sentBytes(world.server.log)];
  check(sent === bytes, `the tabs fetched ${sent} bytes of two models that have ${bytes} together`);
  world.facts.fetched = `${bytesText(sent)}, each byte once`;
}

/** How often a registry that is silent is asked before it is given up, and how much later than the first tab the last one may know. */
const [tries, laterMs] = [4, 5000];

/** What one tab found out in vain is not tried by the next one again. @param {World} world @param {import('../page/tamper.js').Tamper} [tamper] */
async function silentUpdate(world, tamper) {
  await world.install(reference);
  await world.publish(['table@2.0.0', reference]);
  const {blob} = world.version('table@2.0.0');
  world.server.inject(blob, faults.silent);
  const tabs = await Promise.all([1, 2, 3].map(() => world.openTab()));
  const plan = world.plan({...(tamper && {tamper}), config: {releaseWaitMs: 5000, download: {stallSeconds: 4}}});
  await Promise.all(tabs.map(tab => tab.evaluate(`lab.begin(${JSON.stringify(plan)})`)));
  const visits = await Promise.all(tabs.map(tab => world.finished(tab)));
  for (const visit of visits) world.checkServed(visit, {source: 'previous', version: '1.0.0', reason: 'network'});
  const times = visits.map(({ms}) => ms);
  const spread = Math.max(...times) - Math.min(...times);
  check(spread < laterMs, `the last tab answered ${Math.round(spread)} ms after the first`);
  const asked = world.server.log.filter(({path}) => path.endsWith(blob)).length;
  check(asked === tries, `the blob was asked for ${asked} times`);
  world.note(/** @type {any} */ (visits[0]), await world.checkStore());
  world.facts.served = 'previous 1.0.0 (network) in 3 tabs at once';
  await Promise.all(tabs.map(tab => tab.close()));
  await world.heals('table@2.0.0');
}

/** @param {number} atMegabyte @returns {Row} */
const leaderKilled = atMegabyte => ({
  name: `leader-killed#${atMegabyte}`,
  what: `of three tabs the one that downloads dies with its process when ${atMegabyte} of 25 MB were sent`,
  needs: ['kill-one-tab'],
  run: leaderEnds('kill', atMegabyte * 1e6),
});

/** @type {readonly Row[]} */
export const tabRows = [
  {name: 'two-tabs', what: 'two tabs ask at once', run: together(2)},
  {name: 'ten-tabs', what: 'ten tabs ask at once', run: together(10)},
  {name: 'leader-closed', what: 'of three tabs the one that downloads is closed', run: leaderEnds('close', 12e6)},
  ...[12, 1, 5, 19, 24].map(leaderKilled),
  // Nobody gives a lease back that its holder took along: it is found out by who waits for it.
  {
    name: 'leader-killed-no-locks',
    what: 'of three tabs of a browser without Web Locks the one that downloads dies with its process',
    needs: ['kill-one-tab'],
    meets: true,
    run: leaderEnds('kill', 12e6, {noLocks: true}),
  },
  {
    name: 'leader-closed-no-locks',
    what: 'the same, and the one that downloads is closed',
    meets: true,
    run: leaderEnds('close', 12e6, {noLocks: true}),
  },
  {
    name: 'shared-blob-at-once',
    what: 'two tabs ask for two models that have a file in common',
    run: meeting(),
  },
  {
    name: 'shared-blob-leader-closed',
    what: 'the same, and the one that downloads is closed midway',
    run: meeting(leader => leader.close()),
  },
  {
    name: 'two-tabs-no-locks',
    what: 'two tabs of a browser without Web Locks',
    meets: true,
    async run(world) {
      // Without the browser's cache each byte that is fetched again shows at the server.
      world.server.blobCache = 'no-store';
      await world.publish([reference]);
      const tabs = await Promise.all([world.begin({tamper: {noLocks: true}}), world.begin({tamper: {noLocks: true}})]);
      await allServe(world, tabs);
      eachByteOnce(world);
      await world.heals(reference);
    },
  },
  {
    name: 'three-tabs-silent-registry',
    what: 'three tabs wait for an update that the registry never answers',
    run: world => silentUpdate(world),
  },
  {
    name: 'three-tabs-silent-registry-no-locks',
    what: 'the same in a browser without Web Locks',
    run: world => silentUpdate(world, {noLocks: true}),
  },
  {
    name: 'two-releases-in-two-tabs',
    what: 'a tab serves the old version while another installs the new one',
    async run(world) {
      await world.install(reference);
      const tab = await world.begin();
      await world.finished(tab);
      await world.publish(['table@2.0.0', reference]);
      const {visit} = await world.suffer({source: 'model', version: '2.0.0'});
      const old = await tab.evaluate('lab.predict()');
      world.checkTruth(old);
      checkFields(old.served, {source: 'model', version: '1.0.0'}, 'the first tab');
      world.facts.served = `model 1.0.0 and ${visit.served.version}`;
      await tab.close();
      await world.heals('table@2.0.0');
    },
  },
];
