import {openDriver} from '../browsers/driver.mjs';
import {World} from '../world/world.mjs';
import {peerRows} from './peer-rows.mjs';
import {PeerWorld} from './peer-world.mjs';
import {addRuntime, peers, peerVersion} from './peers.mjs';

/** @typedef {import('./peer-world.mjs').PeerVisit} PeerVisit */

/**
 * @typedef {object} PeerResult
 * @property {string} fault
 * @property {string} what
 * @property {string} peer
 * @property {string} under what it gave while the fault was there
 * @property {string} after what it gave when the fault was gone, with no help
 * @property {boolean} heals
 * @property {readonly PeerVisit[]} visits
 */

/** Every cell of the table, by row. @returns {{fault: string, peer: string}[]} */
export const peerCells = () => peerRows.flatMap(({name: fault}) => peers().map(({name: peer}) => ({fault, peer})));

/**
 * The same faults for everyone, in Chromium, where every one of them can be tried.
 *
 * @param {{registry: import('../world/registry.mjs').Registry, site: string}} rooms
 * @param {readonly string[]} only names of faults
 * @returns {Promise<PeerResult[]>}
 */
export async function runPeers(rooms, only) {
  addRuntime(rooms.site);
  const model = peerVersion(1);
  const driver = await openDriver('chromium');
  const rows = peerRows.filter(({name}) => only.length === 0 || only.includes(name));
  const results = [];
  try {
    for (const row of rows)
      for (const peer of peers()) {
        const world = await World.open({...rooms, driver});
        const result = await runOne(row, peer.name, new PeerWorld(world, peer, model));
        await world.close();
        console.log(`${row.name.padEnd(18)} ${peer.name.padEnd(34)} ${result.under}; ${result.after}`);
        results.push(result);
      }
  } finally {
    await driver.close();
  }
  return results;
}

/** @param {import('./peer-rows.mjs').PeerRow} row @param {string} peer @param {PeerWorld} world @returns {Promise<PeerResult>} */
async function runOne(row, peer, world) {
  await world.open();
  await row.run(world);
  world.checkMet();
  world.server.heal();
  const [second, third] = [await world.visit(), await world.visit()];
  const heals = second.answer === 'right' && third.answer === 'right';
  const visits = [...(world.first ? [world.first] : []), second, third];
  const {name: fault, what} = row;
  return {fault, what, peer, under: underText(world.first), after: afterText(second, third), heals, visits};
}

/** @param {PeerVisit | undefined} first */
function underText(first) {
  if (!first) return 'gone';
  return {right: 'right answers', wrong: '**wrong answers**', error: 'an error', hangs: 'hangs'}[first.answer];
}

/** @param {PeerVisit} second @param {PeerVisit} third */
function afterText(second, third) {
  if (second.answer === 'right' && third.answer === 'right')
    return `heals${third.sent > 100_000 ? ', but fetches all of it at every visit' : ''}`;
  if (third.answer === 'right') return 'heals at the second visit after';
  if (third.answer === 'wrong') return '**wrong until cleared by hand**';
  return '**broken until cleared by hand**';
}
