import * as faults from '../server/faults.mjs';
import {peerVersion} from './peers.mjs';

/** @typedef {import('./peer-world.mjs').PeerWorld} PeerWorld */

/**
 * A fault for everyone alike, on the first visit.
 *
 * @typedef {object} PeerRow
 * @property {string} name
 * @property {string} what
 * @property {(world: PeerWorld) => Promise<void>} run leaves the first visit's answer in the world
 */

/** @param {string} name @param {string} what @param {import('../server/fault-server.mjs').Fault} fault @param {{times?: number}} [times] @returns {PeerRow} */
function onTheWay(name, what, fault, times = {}) {
  return {
    name,
    what,
    async run(world) {
      world.server.inject(world.file, fault, times);
      await world.firstVisit();
    },
  };
}

const model = 3_000_000;

/** @type {readonly PeerRow[]} */
export const peerRows = [
  onTheWay('html-200', 'a captive portal answers 200 with a page', faults.html),
  onTheWay('html-as-bytes', 'the same, without saying that it is HTML', faults.htmlAsBytes),
  onTheWay('short', 'a third of the file, and a length to match', faults.short(1 / 3)),
  onTheWay('empty-body', '200 with nothing in it', faults.short(0)),
  onTheWay('flipped-first', 'one bit wrong near the start', faults.flipped(200_000)),
  onTheWay('flipped-middle', 'one bit wrong in the middle', faults.flipped(model / 2)),
  onTheWay('flipped-last', 'one bit wrong at the end', faults.flipped(-2)),
  onTheWay(
    'replaced-midway',
    'the file is replaced while it is sent',
    faults.replaced(model / 2, Buffer.alloc(4e6, 1)),
  ),
  onTheWay('broken-once', 'the connection ends in the middle, once', faults.broken(model / 2), {times: 1}),
  onTheWay('broken-always', 'every connection ends early', faults.broken(model / 10)),
  onTheWay('reset-once', 'the connection is reset in the middle, once', faults.reset(model / 2), {times: 1}),
  onTheWay('stalled-once', 'the connection goes quiet in the middle, once', faults.stalled(model / 2), {times: 1}),
  onTheWay('status-503-once', '503, once', faults.status(503), {times: 1}),
  onTheWay('status-404', 'the file is not there', faults.status(404)),
  {
    name: 'tab-killed',
    what: "the tab's process dies in the middle",
    run: world => world.endedMidway(model / 2, tab => tab.kill()),
  },
  {
    name: 'browser-killed',
    what: 'SIGKILL for every process of the browser in the middle',
    run: world => world.endedMidway(model / 2, () => world.driver.killBrowser()),
  },
  {
    name: 'quota',
    what: "the browser's quota is smaller than the model",
    async run(world) {
      await world.driver.limitStorage(world.server.url, 1_000_000);
      await world.firstVisit();
      await world.driver.limitStorage(world.server.url, undefined);
    },
  },
  {
    name: 'two-tabs',
    what: 'two tabs ask at once',
    run: world => world.twoTabs(),
  },
  {
    name: 'new-version',
    what: 'a new version is published between two visits',
    run: world => world.newVersion(peerVersion(2)),
  },
];
