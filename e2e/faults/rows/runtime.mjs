import * as faults from '../server/faults.mjs';
import {check} from '../world/check.mjs';
import {blobRequests} from '../world/ranges.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../server/fault-server.mjs').Fault} Fault */

const old = 'table@1.0.0';
const wasm = /\.wasm$/;
const worker = /assets\/onnx-worker[^/]*\.js$/;

/**
 * A first visit on which a file of the page itself is wrong: the naive answer, and the next visit serves.
 *
 * @param {string} name
 * @param {string} what
 * @param {RegExp} file
 * @param {Fault} fault
 * @param {'runtime_unavailable' | 'worker_lost'} reason
 * @returns {Row}
 */
function pageFile(name, what, file, fault, reason) {
  return {
    name,
    what,
    meets: true,
    async run(world) {
      // Else the browser keeps what is wrong for a year, as it was told.
      world.server.assetCache = 'no-cache';
      await world.publish([old]);
      world.server.inject(file, fault);
      await world.suffer({source: 'baseline', reason});
      await world.heals(old);
    },
  };
}

/** @type {readonly Row[]} */
export const runtimeRows = [
  pageFile('runtime-missing', "the runtime's binary is not there", wasm, faults.status(404), 'runtime_unavailable'),
  pageFile('runtime-html', "a page instead of the runtime's binary", wasm, faults.html, 'runtime_unavailable'),
  pageFile(
    'runtime-flipped',
    "one bit of the runtime's binary is wrong",
    wasm,
    faults.flipped(8),
    'runtime_unavailable',
  ),
  pageFile('runtime-cut', "half of the runtime's binary", wasm, faults.short(0.5), 'runtime_unavailable'),
  pageFile('worker-missing', "the worker's file is not there", worker, faults.status(404), 'worker_lost'),
  pageFile('worker-html', "a page instead of the worker's file", worker, faults.html, 'worker_lost'),
  {
    name: 'worker-killed',
    what: 'the worker is gone while the page is open',
    async run(world) {
      // Else the browser starts another one without asking.
      world.server.assetCache = 'no-cache';
      await world.install(old);
      const tab = await world.begin({tamper: {mortal: true}});
      await world.finished(tab);
      const mark = world.servers.mark();
      await tab.evaluate("lab.killWorker('loudly')");
      const visit = await tab.evaluate('lab.predict()');
      world.checkTruth(visit);
      world.checkServed(visit, {source: 'model', version: '1.0.0'});
      check(
        world.servers.since(mark).some(({path}) => path.includes('/tampered-worker')),
        'no other worker was started',
      );
      world.note(visit, await world.checkStore());
      await tab.close();
      await world.heals(old);
    },
  },
  {
    name: 'worker-dies-silently',
    what: 'the worker is gone and nobody says so; the call has a deadline',
    async run(world) {
      await world.install(old);
      const tab = await world.begin({tamper: {mortal: true}, deadlineMs: 5000});
      await world.finished(tab);
      await tab.evaluate("lab.killWorker('silently')");
      const visit = await tab.evaluate('lab.predict()');
      world.checkTruth(visit);
      world.checkServed(visit, {source: 'baseline', reason: 'deadline_exceeded'});
      world.note(visit, await world.checkStore());
      await tab.close();
      await world.heals(old);
    },
  },
  {
    name: 'worker-killed-midway',
    what: 'the worker is gone in the middle of the download',
    async run(world) {
      await world.publish(['big@1.0.0']);
      world.server.blobCache = 'no-store';
      world.server.holdAfter(12e6);
      const tab = await world.begin({tamper: {mortal: true}});
      await world.server.held();
      const mark = world.servers.mark();
      await tab.evaluate("lab.killWorker('loudly')");
      // The next worker asks for what is missing. Let go before, the download might end under the worker that is to die.
      while (blobRequests(world.servers.since(mark)).length === 0) await new Promise(go => setTimeout(go, 20));
      const before = await world.stored();
      world.server.letGo();
      const visit = await world.finished(tab);
      world.checkServed(visit, {source: 'model', version: '1.0.0'});
      world.checkAskedOnce(mark, before);
      world.note(visit, await world.checkStore());
      await tab.close();
      await world.heals('big@1.0.0');
    },
  },
];
