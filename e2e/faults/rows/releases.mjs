import {generateKeyPairSync} from 'node:crypto';
import * as faults from '../server/faults.mjs';
import {check, checkFields} from '../world/check.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const channel = '/registry/channels/prod.json';
const serves = {source: 'model', version: '1.0.0'};

/** @returns {import('@kedge/core').Jwk} */
function anotherKey() {
  const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  return /** @type {any} */ (privateKey.export({format: 'jwk'}));
}

/**
 * 1.0.0 serves; the registry's channel then holds something that must not be taken.
 *
 * @param {string} name
 * @param {string} what
 * @param {string} problem the code that the client gives
 * @param {(world: World) => Promise<void>} spoil
 * @returns {Row}
 */
function refused(name, what, problem, spoil) {
  return {
    name,
    what,
    async run(world) {
      await world.install(old);
      await spoil(world);
      const {visit} = await world.suffer(serves);
      checkFields(visit, {releaseProblem: problem}, 'the release');
      check(visit.sent === 0, `${visit.sent} bytes of blobs were fetched for a release that is refused`);
      world.facts.served += ` (${visit.releaseProblem})`;
      await world.publish([next, old]);
      await world.heals(next);
    },
  };
}

/** @param {World} world @param {(envelope: any) => unknown} change */
async function changeEnvelope(world, change) {
  const text = await world.publish([next, old], {serve: false});
  world.server.put(channel, JSON.stringify(change(JSON.parse(text))));
}

/** @param {string} name @param {string} what @param {number} offsetMs @param {Record<string, unknown>} expected @returns {Row} */
function clock(name, what, offsetMs, expected) {
  return {
    name,
    what,
    meets: true,
    async run(world) {
      await world.install(old);
      const {visit} = await world.suffer(expected, {tamper: {clockOffsetMs: offsetMs}});
      if (visit.releaseProblem) world.facts.served += ` (${visit.releaseProblem})`;
      await world.publish([next, old]);
      await world.heals(next);
    },
  };
}

const tenYearsMs = 10 * 365.25 * 86_400_000;

/** @type {readonly Row[]} */
export const releaseRows = [
  refused('wrong-key', 'a release that somebody else signed', 'signature_invalid', async world => {
    await world.publish([next, old], {keys: [anotherKey()]});
  }),
  refused('stripped-signature', 'the signatures are gone', 'signature_invalid', world =>
    changeEnvelope(world, envelope => ({...envelope, signatures: []})),
  ),
  refused('changed-payload', 'the content was changed after it was signed', 'signature_invalid', world =>
    changeEnvelope(world, envelope => {
      const release = JSON.parse(Buffer.from(envelope.payload, 'base64').toString());
      const payload = Buffer.from(JSON.stringify({...release, version: 99})).toString('base64');
      return {...envelope, payload};
    }),
  ),
  refused('older-release', 'the release before, signed and all', 'release_rollback', async world => {
    const older = await world.publish([next, old], {serve: false});
    await world.publish([old]);
    checkFields((await world.visit()).served, serves, 'the newer release');
    world.server.put(channel, older);
  }),
  refused(
    'expired-release',
    'a registry that was left alone: its release expired yesterday',
    'release_expired',
    async world => {
      await world.publish([next, old], {days: -1});
    },
  ),
  refused('other-channel', "another channel's release under this name", 'release_invalid', async world => {
    await world.publish([next, old], {change: {channel: 'staging'}});
  }),
  refused('release-not-json', 'half of a release', 'release_invalid', async world => {
    const text = await world.publish([next, old]);
    world.server.put(channel, text.slice(0, text.length / 2));
  }),
  refused('release-html', 'a page instead of the release', 'response_invalid', async world => {
    world.server.inject(channel, faults.html);
  }),
  refused('release-404', 'the release is gone', 'response_invalid', async world => {
    world.server.inject(channel, faults.status(404));
  }),
  refused('release-503', 'the registry is down for the release', 'network', async world => {
    world.server.inject(channel, faults.status(503));
  }),
  {
    name: 'release-silent',
    what: 'the question for the release is never answered',
    meets: true,
    async run(world) {
      await world.install(old);
      world.server.inject(channel, faults.silent);
      await world.suffer(serves, {config: {releaseWaitMs: 1000}});
      await world.publish([next, old]);
      await world.heals(next);
    },
  },
  {
    name: 'revoked-offline',
    what: 'the version was revoked while the next one could not be had, then the network is gone',
    meets: true,
    async run(world) {
      await world.install(old);
      await world.publish([next, old], {model: {revoked: ['1.0.0']}});
      world.server.inject(world.version(next).blob, faults.status(404));
      // Not the version before: it is all there, and nothing but the release keeps it from serving.
      world.checkServed(await world.visit(), {source: 'baseline', reason: 'response_invalid'});
      world.server.inject(/\/registry\//, faults.reset(0));
      const {stored} = await world.suffer({source: 'baseline', reason: 'network'});
      check(!stored.catalog.some(({version}) => version === '1.0.0'), 'the revoked version is in the catalog still');
      await world.heals(next);
    },
  },
  {
    name: 'turned-off-offline',
    what: 'the model was turned off, then the network is gone',
    meets: true,
    async run(world) {
      await world.install(old);
      await world.publish([old], {model: {enabled: false}});
      world.checkServed(await world.visit(), {source: 'baseline', reason: 'model_disabled'});
      world.server.inject(/\/registry\//, faults.reset(0));
      await world.suffer({source: 'baseline', reason: 'model_disabled'});
      await world.publish([old]);
      await world.heals(old);
    },
  },
  clock('clock-plus-10-years', 'the clock is ten years ahead', tenYearsMs, {
    source: 'baseline',
    reason: 'release_expired',
  }),
  clock('clock-minus-10-years', 'the clock is ten years behind', -tenYearsMs, serves),
  {
    name: 'clock-plus-10-years-first',
    what: 'the clock is ten years ahead on the first visit',
    meets: true,
    async run(world) {
      await world.publish([old]);
      await world.suffer({source: 'baseline', reason: 'release_expired'}, {tamper: {clockOffsetMs: tenYearsMs}});
      await world.heals(old);
    },
  },
];
