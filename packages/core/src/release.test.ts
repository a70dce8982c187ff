import {expect, test} from 'vitest';
import {arms, experiment, release} from '../testing/release.js';
import {fromGrowthBook, parse, Release} from './index.js';

type Whole = ReturnType<typeof release>;
const read = (value: unknown) => parse(Release, value, 'release_invalid', 'release prod');

test('a whole release is taken; what it leaves out has its default', () => {
  const {digits} = release().models;
  const short = {...release(), models: {digits: {champion: digits.champion, versions: digits.versions}}};
  expect(read(short)).toEqual({...release(), experiments: [{...experiment, unassigned: 0}]});
  expect(read({...short, experiments: undefined}).experiments).toEqual([]);
});

test('an experiment carried over from GrowthBook fits', () => {
  const source = {key: 'digits-cnn', variations: [0, 1], hashVersion: 2, coverage: 0.4};
  const carried = fromGrowthBook(source, {model: 'digits', versions: ['1.0.0', '1.1.0']});
  expect(read({...release(), experiments: [carried]}).experiments).toEqual([carried]);
});

test('experiments on one model share a namespace in disjoint parts', () => {
  const part = (key: string, range: number[]) => ({...experiment, key, namespace: {id: 'n', range}});
  expect(read({...release(), experiments: [part('a', [0, 0.5]), part('b', [0.5, 1])]}).experiments).toHaveLength(2);
});

const model = (change: object) => (r: Whole) => ({...r, models: {digits: {...r.models.digits, ...change}}});
const change = (fields: object) => (r: Whole) => ({...r, experiments: [{...experiment, ...fields}]});
const both = (one: object, other: object) => (r: Whole) => ({
  ...r,
  experiments: [
    {...experiment, ...one},
    {...experiment, ...other},
  ],
});
const [control, cnn] = arms;

test.each<[string, (whole: Whole) => object, RegExp]>([
  ['version 0', r => ({...r, version: 0}), /version: expected at least 1, got 0/],
  ['a version as text', r => ({...r, version: '3'}), /version: expected (int|number), got '3'/],
  ['a date that is none', r => ({...r, issued: 'yesterday'}), /issued: expected an ISO 8601 instant/],
  ['a day without a time zone', r => ({...r, issued: '2026-11-01T00:00'}), /issued: expected an ISO 8601 instant/],
  ['a month 13', r => ({...r, issued: '2026-13-01T00:00:00Z'}), /issued: expected a date that exists/],
  ['an expiry before the issue', r => ({...r, expires: r.issued}), /expires: expires is not after issued/],
  ['a model name in capitals', r => ({...r, models: {Digits: r.models.digits}}), /models\.Digits/],
  [
    'a champion that is missing',
    model({champion: '9.9.9'}),
    /models\.digits\.champion: champion is not among versions/,
  ],
  ['a champion that is revoked', model({revoked: ['1.0.0']}), /models\.digits\.champion: champion is revoked/],
  [
    'a manifest address that is none',
    model({versions: {'1.0.0': {manifest: 'x', bytes: 1}}}),
    /versions\.1\.0\.0\.manifest/,
  ],
  ['a negative size', model({versions: {'1.0.0': {manifest: 'a'.repeat(64), bytes: -1}}}), /versions\.1\.0\.0\.bytes/],
  [
    'an arm of a version that is missing',
    change({arms: [control, {...cnn, version: '2.0.0'}]}),
    /experiments: an arm or shadow names a version/,
  ],
  ['a shadow of a version that is missing', change({shadow: ['2.0.0']}), /experiments: an arm or shadow/],
  ['an experiment on a model that is missing', change({model: 'constructor'}), /experiments: an arm or shadow/],
  [
    'weights that do not sum',
    change({arms: [control, {...cnn, weight: 4900, ranges: [[5000, 9900]]}]}),
    /experiments\.0\.arms: weights and unassigned do not sum to 10000/,
  ],
  [
    'a rest that is counted twice',
    change({unassigned: 100}),
    /experiments\.0\.arms: weights and unassigned do not sum/,
  ],
  [
    'ranges that are not the weight',
    change({arms: [control, {...cnn, ranges: [[5000, 9900]]}]}),
    /experiments\.0\.arms: an arm’s ranges do not add up/,
  ],
  [
    'arms that overlap',
    change({arms: [control, {...cnn, ranges: [[4999, 9999]]}]}),
    /experiments\.0\.arms: ranges of two arms overlap/,
  ],
  [
    'an arm that overlaps itself',
    change({
      arms: [
        control,
        {
          ...cnn,
          ranges: [
            [5000, 7500],
            [7000, 9500],
          ],
        },
      ],
    }),
    /experiments\.0\.arms: ranges of two arms overlap/,
  ],
  [
    'an empty range',
    change({arms: [control, {...cnn, ranges: [[7, 7]]}]}),
    /arms\.1\.ranges\.0: a range must not be empty/,
  ],
  [
    'a range past the end',
    change({arms: [control, {...cnn, ranges: [[5000, 10_001]]}]}),
    /arms\.1\.ranges\.0\.1: expected at most 10000, got 10001/,
  ],
  ['half a bucket', change({arms: [control, {...cnn, weight: 0.5}]}), /arms\.1\.weight: expected int/],
  [
    'two arms of one key',
    change({arms: [control, {...cnn, key: 'control'}]}),
    /experiments\.0\.arms: two arms have the same key/,
  ],
  ['no arms', change({arms: []}), /experiments\.0\.arms: expected at least 1/],
  ['an empty salt', change({salt: ''}), /experiments\.0\.salt/],
  ['an unknown hash', change({hash: 'md5'}), /experiments\.0\.hash: expected "murmur3-1" or "growthbook-2", got 'md5'/],
  ['an unknown status', change({status: 'paused'}), /experiments\.0\.status: expected "draft" or/],
  ['targeting that is a list', change({where: []}), /experiments\.0\.where/],
  [
    'a namespace outside 0 to 1',
    change({namespace: {id: 'n', range: [0, 1.5]}}),
    /namespace\.range: expected 0 <= start < end <= 1/,
  ],
  ['two experiments of one key', both({status: 'stopped'}, {}), /experiments: two experiments have the same key/],
  ['two running on one model', both({}, {key: 'b'}), /experiments: two running experiments on one model/],
  [
    'two in overlapping parts of a namespace',
    both({namespace: {id: 'n', range: [0, 0.6]}}, {key: 'b', namespace: {id: 'n', range: [0.5, 1]}}),
    /experiments: two running/,
  ],
  [
    'two in different namespaces',
    both({namespace: {id: 'n', range: [0, 0.5]}}, {key: 'b', namespace: {id: 'm', range: [0.5, 1]}}),
    /experiments: two running/,
  ],
  ['a holdout past the end', r => ({...r, holdout: {salt: 'h', ranges: [[0, 10_001]]}}), /holdout\.ranges\.0\.1/],
])('%s is refused, and the message names the field', (_, alter, message) => {
  expect(() => read(alter(release()))).toThrow(message);
  expect(() => read(alter(release()))).toThrow(expect.objectContaining({code: 'release_invalid'}));
});

test('a draft and a stopped experiment may stand beside a running one', () => {
  const experiments = ['draft', 'stopped', 'running'].map((status, i) => ({...experiment, key: `e${i}`, status}));
  expect(read({...release(), experiments}).experiments).toHaveLength(3);
});

test('a model named like an inherited property is an ordinary model', () => {
  const {digits} = release().models;
  const named = {...release(), models: {constructor: digits}, experiments: [{...experiment, model: 'constructor'}]};
  expect(Object.keys(read(named).models)).toEqual(['constructor']);
});
