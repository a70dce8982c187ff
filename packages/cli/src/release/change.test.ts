import {type Arm, KedgeError, parse, Release} from '@kedge/core';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {applyChange, type Change} from './change.js';
import {emptyRelease} from './document.js';

const address = (digit: number) => String(digit).repeat(64);
const add = (version: string, champion = false): Change => ({
  ...{kind: 'add', model: 'digits', version, champion},
  ...{manifest: address(Number(version[0])), bytes: 1000},
});
const experiment = {
  key: 'cnn',
  model: 'digits',
  arms: [
    {key: 'control', version: '1.0.0', weight: 9000},
    {key: 'new', version: '2.0.0', weight: 1000},
  ],
};

/** Changes one after the other; each result must be a valid release. */
function after(...changes: Change[]): Release {
  return changes.reduce<Release>(
    (release, change) => parse(Release, applyChange(release, change), 'release_invalid', change.kind),
    emptyRelease('prod', 'salt', new Date(0)),
  );
}

const started = [add('1.0.0'), add('2.0.0'), {kind: 'start', experiment}] as Change[];

describe('add', () => {
  it('makes the first version of a model its champion, and later ones not', () => {
    const {champion, versions} = after(add('1.0.0'), add('2.0.0')).models['digits']!;
    expect(champion).toBe('1.0.0');
    expect(Object.keys(versions)).toEqual(['1.0.0', '2.0.0']);
  });

  it('remembers the champion before', () => {
    const {champion, versions} = after(add('1.0.0'), add('2.0.0', true)).models['digits']!;
    expect([champion, versions['2.0.0']!.previous]).toEqual(['2.0.0', '1.0.0']);
  });

  it('refuses other bytes under a released version, and takes the same again', () => {
    expect(after(add('1.0.0'), add('1.0.0'))).toEqual(after(add('1.0.0')));
    const changed = {...add('1.0.0'), manifest: address(9)} as Change;
    expect(() => after(add('1.0.0'), changed)).toThrow(/a released version never changes/);
  });

  it('takes a model named like a property of every object', () => {
    const odd = {...add('1.0.0'), model: 'constructor'} as Change;
    expect(after(odd).models['constructor']!.champion).toBe('1.0.0');
  });
});

describe('start', () => {
  it('runs it, with ranges for the weights and a salt of its own', () => {
    const [running] = after(...started).experiments;
    expect(running).toMatchObject({status: 'running', phase: 1, salt: 'cnn:1', hash: 'murmur3-1', unassigned: 0});
    expect(running!.arms.map(arm => arm.ranges)).toEqual([[[0, 9000]], [[9000, 10_000]]]);
  });

  it('shares evenly when there are no weights', () => {
    const even = {...experiment, arms: experiment.arms.map(({key, version}) => ({key, version}))};
    const [running] = after(add('1.0.0'), add('2.0.0'), {kind: 'start', experiment: even}).experiments;
    expect(running!.arms.map(arm => arm.weight)).toEqual([5000, 5000]);
  });

  it.each([
    [
      'weights that do not sum',
      {
        arms: [
          {...experiment.arms[0], weight: 9000},
          {...experiment.arms[1], weight: 500},
        ],
      },
      /must sum to 10000, got 9500/,
    ],
    ['one weight of two', {arms: [experiment.arms[0], {key: 'new', version: '2.0.0'}]}, /arm new has no weight/],
    [
      'a version that is not released',
      {arms: [{key: 'only', version: '3.0.0', weight: 10_000}]},
      /no digits@3\.0\.0; it has 1\.0\.0, 2\.0\.0/,
    ],
    ['an unknown model', {model: 'faces'}, /no model faces; it has digits/],
    ['no arms', {arms: 'all'}, /arms: expected array/],
  ])('refuses %s', (_, part, message) => {
    const change: Change = {kind: 'start', experiment: {...experiment, ...part}};
    expect(() => after(add('1.0.0'), add('2.0.0'), change)).toThrow(message);
  });

  it('asks for a higher phase to ask the question again', () => {
    const stopped: Change[] = [...started, {kind: 'stop', experiment: 'cnn'}];
    expect(() => after(...started, {kind: 'start', experiment})).toThrow(/is running; stop it first/);
    expect(() => after(...stopped, {kind: 'start', experiment})).toThrow(/expected a higher phase, got 1/);
    const again = after(...stopped, {kind: 'start', experiment: {...experiment, phase: 2}});
    expect(again.experiments.map(one => [one.phase, one.status])).toEqual([[2, 'running']]);
  });

  it('refuses a second experiment on the same units', () => {
    const change: Change = {kind: 'start', experiment: {...experiment, key: 'other'}};
    expect(() => after(...started, change)).toThrow(/disjoint ranges of one namespace/);
  });
});

describe('weights', () => {
  const armAt = (arms: readonly Arm[], bucket: number) =>
    arms.find(arm => arm.ranges.some(([from, to]) => bucket >= from && bucket < to))?.key;

  it('moves only the units that it must, whatever the ramp', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 0, max: 10_000}), {minLength: 1, maxLength: 6}), ramp => {
        let release = after(...started);
        for (const weight of ramp) {
          const before = release.experiments[0]!.arms;
          const weights = {control: 10_000 - weight, new: weight};
          release = parse(
            Release,
            applyChange(release, {kind: 'weights', experiment: 'cnn', weights}),
            'release_invalid',
            'ramp',
          );
          const now = release.experiments[0]!.arms;
          let moved = 0;
          for (let bucket = 0; bucket < 10_000; bucket += 1)
            if (armAt(before, bucket) !== armAt(now, bucket)) moved += 1;
          expect(moved).toBe(Math.abs(weight - before[1]!.weight));
        }
      }),
      {numRuns: 10},
    );
  });

  it('keeps a named part in no arm', () => {
    const change: Change = {kind: 'weights', experiment: 'cnn', weights: {control: 1000, new: 1000, unassigned: 8000}};
    expect(after(...started, change).experiments[0]!.unassigned).toBe(8000);
  });

  it('refuses sums, arms and experiments that are not', () => {
    const weigh = (weights: Record<string, number>): Change => ({kind: 'weights', experiment: 'cnn', weights});
    expect(() => after(...started, weigh({control: 9000, new: 2000}))).toThrow(/must sum to 10000, got 11000/);
    expect(() => after(...started, weigh({contrl: 9000}))).toThrow(/contrl is not an arm; the arms are control, new/);
    expect(() => after(...started, {kind: 'weights', experiment: 'x', weights: {}})).toThrow(
      /no experiment x; it has cnn/,
    );
  });
});

describe('promote, roll back, revoke, turn off', () => {
  it('promotes the arm’s version and ends the experiment; rolls back to the one before', () => {
    const promoted = after(...started, {kind: 'promote', experiment: 'cnn', arm: 'new'});
    expect(promoted.models['digits']).toMatchObject({champion: '2.0.0', versions: {'2.0.0': {previous: '1.0.0'}}});
    expect(promoted.experiments[0]!.status).toBe('stopped');
    expect(applyChange(promoted, {kind: 'rollback', model: 'digits'}).models['digits']!.champion).toBe('1.0.0');
  });

  it('ends experiments that serve the version that was rolled back', () => {
    const changes = [add('1.0.0'), add('2.0.0', true), {kind: 'start', experiment}] as Change[];
    const rolled = after(...changes, {kind: 'rollback', model: 'digits'});
    expect([rolled.models['digits']!.champion, rolled.experiments[0]!.status]).toEqual(['1.0.0', 'stopped']);
  });

  it('says what to do when there is nothing to go back to', () => {
    expect(() => after(add('1.0.0'), {kind: 'rollback', model: 'digits'})).toThrow(
      /no previous champion; name one with --to/,
    );
    expect(() => after(add('1.0.0'), {kind: 'rollback', model: 'digits', to: '1.0.0'})).toThrow(
      /is the champion already/,
    );
    expect(() => after(add('1.0.0'), {kind: 'rollback', model: 'digits', to: '7.0.0'})).toThrow(/no digits@7\.0\.0/);
    expect(() => after(add('1.0.0'), {kind: 'revoke', model: 'digits', version: '1.0.0'})).toThrow(
      /kedge release kill digits/,
    );
  });

  it('revokes a champion by going back, past versions that are revoked themselves', () => {
    const three = [add('1.0.0'), add('2.0.0', true), add('3.0.0', true)];
    const revoke = (version: string): Change => ({kind: 'revoke', model: 'digits', version});
    const {champion, revoked} = after(...three, revoke('2.0.0'), revoke('3.0.0')).models['digits']!;
    expect([champion, revoked]).toEqual(['1.0.0', ['2.0.0', '3.0.0']]);
  });

  it('never lets a revoked version back in', () => {
    const revoked: Change[] = [...started, {kind: 'revoke', model: 'digits', version: '2.0.0'}];
    expect(after(...revoked).experiments[0]!.status).toBe('stopped');
    expect(() => after(...revoked, {kind: 'promote', experiment: 'cnn', arm: 'new'})).toThrow(
      /is revoked and can't become champion/,
    );
    expect(() => after(...revoked, {kind: 'start', experiment: {...experiment, phase: 2}})).toThrow(
      /serves 2\.0\.0, which is revoked/,
    );
    expect(() => after(...revoked, {kind: 'rollback', model: 'digits', to: '2.0.0'})).toThrow(/is revoked/);
    expect(() => after(...revoked, add('2.0.0', true))).toThrow(KedgeError);
  });

  it('turns a model off and on', () => {
    const off = after(add('1.0.0'), {kind: 'enable', model: 'digits', enabled: false});
    expect(off.models['digits']!.enabled).toBe(false);
    expect(applyChange(off, {kind: 'enable', model: 'digits', enabled: true}).models['digits']!.enabled).toBe(true);
  });

  it('leaves the release that it was given as it was', () => {
    const before = after(...started);
    const copy = structuredClone(before);
    applyChange(before, {kind: 'promote', experiment: 'cnn', arm: 'new'});
    applyChange(before, {kind: 'revoke', model: 'digits', version: '2.0.0'});
    expect(before).toEqual(copy);
  });
});

describe('remove', () => {
  const three = [add('1.0.0'), add('2.0.0', true), add('3.0.0', true)];
  const remove = (version: string): Change => ({kind: 'remove', model: 'digits', version});

  it('takes a version out, and what pointed back to it', () => {
    const {versions, champion} = after(...three, remove('1.0.0')).models['digits']!;
    expect([champion, Object.keys(versions), versions['2.0.0']!.previous]).toEqual([
      '3.0.0',
      ['2.0.0', '3.0.0'],
      undefined,
    ]);
  });

  it('refuses what serves, or what a rollback goes to', () => {
    expect(() => after(...three, remove('3.0.0'))).toThrow(/is the champion; release another first/);
    expect(() => after(...three, remove('2.0.0'))).toThrow(/what a rollback from 3\.0\.0 goes to; name another first/);
    expect(() => after(...three, remove('9.0.0'))).toThrow(/no digits@9\.0\.0/);
    const revoked: Change = {kind: 'revoke', model: 'digits', version: '2.0.0'};
    expect(after(...three, revoked, remove('2.0.0')).models['digits']!.revoked).toEqual(['2.0.0']);
  });

  it('refuses what an experiment serves; a stopped one goes with it', () => {
    const shadow: Change = {
      kind: 'start',
      experiment: {...experiment, arms: [experiment.arms[0]!], unassigned: 1000, shadow: ['2.0.0']},
    };
    expect(() => after(...started, remove('2.0.0'))).toThrow(/served by experiment cnn; stop it first/);
    expect(() => after(add('1.0.0'), add('2.0.0'), shadow, remove('2.0.0'))).toThrow(/served by experiment cnn/);
    const left = after(...started, {kind: 'stop', experiment: 'cnn'}, remove('2.0.0'));
    expect([left.experiments, Object.keys(left.models['digits']!.versions)]).toEqual([[], ['1.0.0']]);
  });
});

describe('what a rollback goes to', () => {
  it('can be named', () => {
    const named: Change = {...add('3.0.0', true), previous: '1.0.0'} as Change;
    const release = after(add('1.0.0'), add('2.0.0', true), named);
    expect(release.models['digits']!.versions['3.0.0']!.previous).toBe('1.0.0');
    expect(applyChange(release, {kind: 'rollback', model: 'digits'}).models['digits']!.champion).toBe('1.0.0');
  });

  it.each([
    ['of what becomes no champion', {...add('2.0.0'), previous: '1.0.0'}, /--previous: expected another version/],
    ['to itself', {...add('2.0.0', true), previous: '2.0.0'}, /--previous: expected another version/],
    ['to what is not released', {...add('2.0.0', true), previous: '0.1.0'}, /no digits@0\.1\.0/],
  ])('is refused %s', (_, change, message) => {
    expect(() => after(add('1.0.0'), change as Change)).toThrow(message);
  });
});
