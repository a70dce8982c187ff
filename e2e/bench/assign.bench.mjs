import {GrowthBook} from '@growthbook/growthbook';
import {assign} from '@kedge/core';
import {interleave} from './rounds.mjs';

const units = Array.from({length: 256}, (_, i) => `visitor-${(i * 2_654_435_761) >>> 0}`);
const where = {country: {$in: ['de', 'at', 'ch']}};
const attributes = {country: 'de', device: 'phone'};

/** One 50/50 experiment on one model, as the peer's hash version 2: both compute the same function. @param {object} [targeting] */
function release(targeting) {
  const arms = [
    {key: 'control', version: '1.0.0', weight: 5000, ranges: [[0, 5000]]},
    {key: 'cnn', version: '1.1.0', weight: 5000, ranges: [[5000, 10_000]]},
  ];
  const experiment = {key: 'digits-cnn', model: 'digits', phase: 1, salt: 'digits-cnn', hash: 'growthbook-2'};
  return {experiments: [{...experiment, status: 'running', arms, unassigned: 0, ...(targeting && {where: targeting})}]};
}

/** @param {'murmur3-1' | 'growthbook-2'} hash @param {object} [targeting] */
function ours(hash, targeting) {
  const {experiments} = release(targeting);
  const input = {experiments: experiments.map(experiment => ({...experiment, hash}))};
  const people = units.map(id => ({id, attributes}));
  return (/** @type {number} */ count) => {
    let found = 0;
    for (let i = 0; i < count; i++) if (assign(input, 'digits', people[i & 255]).experiment) found++;
    if (found !== count) throw new Error(`assign: ${count - found} of ${count} units got no arm`);
  };
}

/** @param {object} [condition] */
function growthbook(condition) {
  const people = units.map(id => new GrowthBook({attributes: {id, ...attributes}, disableDevTools: true}));
  const experiment = {key: 'digits-cnn', variations: ['1.0.0', '1.1.0'], hashVersion: 2, seed: 'digits-cnn'};
  const asked = {...experiment, ...(condition && {condition})};
  return (/** @type {number} */ count) => {
    let found = 0;
    for (let i = 0; i < count; i++) if (people[i & 255].run(asked).inExperiment) found++;
    if (found !== count) throw new Error(`GrowthBook: ${count - found} of ${count} units got no arm`);
  };
}

/** Both sides must give every unit the same arm, or the two times are of different things. */
function checkAgreement() {
  for (const id of units) {
    const mine = assign(release(), 'digits', {id}).arm.version;
    const theirs = new GrowthBook({attributes: {id}}).run({
      key: 'digits-cnn',
      variations: ['1.0.0', '1.1.0'],
      hashVersion: 2,
      seed: 'digits-cnn',
    }).value;
    if (mine !== theirs) throw new Error(`${id}: Kedge gives ${mine}, GrowthBook ${theirs}`);
  }
}

/** @returns {import('../../scripts/bench.mjs').Row[]} */
export function rows() {
  checkAgreement();
  const times = interleave(
    {
      murmur: ours('murmur3-1'),
      fnv: ours('growthbook-2'),
      peer: growthbook(),
      targeted: ours('murmur3-1', where),
      targetedPeer: growthbook(where),
    },
    {rounds: 31, count: 10_000},
  );
  return [
    row('murmur3-1 over GrowthBook run', times.murmur, times.peer),
    row('growthbook-2 over GrowthBook run', times.fnv, times.peer),
    row('with a condition, the same', times.targeted, times.targetedPeer),
  ];
}

/** @param {string} what @param {number} oursMs @param {number} peerMs */
function row(what, oursMs, peerMs) {
  const [ours, peer, ratio] = [oursMs * 1000, peerMs * 1000, oursMs / peerMs];
  const budget = '≤ 1 µs and ≤ 0.25';
  return {
    name: 'assign',
    what: `one assignment, µs: ${what}`,
    ours,
    peer,
    ratio,
    budget,
    holds: ours <= 1 && ratio <= 0.25,
  };
}
