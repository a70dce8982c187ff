import {check, checkFields} from '../world/check.mjs';
import {sentBytes} from '../world/ranges.mjs';

/** @typedef {import('./row.mjs').Row} Row */

const old = 'table@1.0.0';
const serves = {source: 'model', version: '1.0.0'};

/**
 * What was installed is gone, and comes again; whether it can be told depends on what is left.
 *
 * @param {string} name
 * @param {string} what
 * @param {'evict' | 'wipe'} removal
 * @param {boolean} told
 * @returns {Row}
 */
function evicted(name, what, removal, told) {
  return {
    name,
    what,
    needs: ['evict'],
    async run(world) {
      // What was evicted comes from the server, not from another store of the browser.
      world.server.blobCache = 'no-store';
      await world.install(old);
      await world.driver[removal](world.server.url);
      const mark = world.servers.mark();
      const tab = await world.begin();
      const visit = await world.finished(tab);
      const {lost} = await tab.evaluate('lab.storage()');
      const changes = await tab.evaluate('lab.changes()');
      await tab.close();
      const fetched = sentBytes(world.servers.since(mark));
      world.note({...visit, sent: fetched}, await world.checkStore());
      check(fetched === world.version(old).bytes, `${fetched} bytes were sent of what was taken away`);
      world.checkServed(visit, serves);
      const found = {everything: lost?.everything, versions: lost?.versions.length, changes: changes.join()};
      checkFields(
        found,
        told ? {everything: true, versions: 1, changes: 'lost'} : {everything: undefined, changes: ''},
        'lost',
      );
      world.facts.stored += told ? '; told' : '; like a first visit';
      const {sent} = await world.heals(old);
      check(sent === 0, `${sent} bytes were fetched again`);
    },
  };
}

/** @type {readonly Row[]} */
export const evictionRows = [
  evicted('origin-evicted', 'the browser evicted what counts towards the quota: all but localStorage', 'evict', true),
  evicted('origin-wiped', 'the browser removed all of the origin, and with localStorage every trace', 'wipe', false),
];
