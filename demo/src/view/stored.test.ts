import {describe, expect, it} from 'vitest';
import {wordsForEviction, wordsForLost, wordsForRuntime, wordsForVersion} from './stored.js';

const at = new Date(2026, 10, 24, 9, 5).getTime();
const version = {
  model: 'digits',
  version: '1.1.0',
  variant: null,
  digest: 'd',
  state: 'active' as const,
  code: null,
  bytes: 320_000,
  installedAt: at,
  verifiedAt: at,
  lastServedAt: at,
  pinned: 'active' as const,
};

describe('a stored version', () => {
  it('says what it does and when it was verified', () => {
    expect(wordsForVersion(version)).toBe('digits 1.1.0: 320 kB, serves; verified 24 Nov, 09:05');
  });

  it('says why it failed, and nothing of a verification that never was', () => {
    const failed = {...version, variant: 'int8', state: 'failed' as const, code: 'artifact_corrupt' as const};
    expect(wordsForVersion({...failed, verifiedAt: null})).toBe('digits 1.1.0 int8: 320 kB, failed (artifact_corrupt)');
  });
});

it('says why a version went', () => {
  const eviction = {model: 'digits', version: '1.0.0', digest: 'd', bytes: 32_000, at, reason: 'quota' as const};
  expect(wordsForEviction(eviction)).toBe(
    'digits 1.0.0 was removed 24 Nov, 09:05 to make room within the browser’s quota: 32 kB freed',
  );
});

it('says what the browser took', () => {
  expect(wordsForLost(null)).toBeUndefined();
  const versions = [{model: 'digits', version: '1.0.0', digest: 'd', bytes: 1}];
  expect(wordsForLost({at, everything: true, versions})).toContain('everything that was stored here');
  expect(wordsForLost({at, everything: false, versions})).toContain('digits 1.0.0');
});

it('counts the runtime once, where it is kept', () => {
  expect(wordsForRuntime(0, 0)).toBe('nothing stored');
  expect(wordsForRuntime(0, 14_200_000)).toBe('14.2 MB of the models’ bytes');
  expect(wordsForRuntime(16_800_000, 0)).toBe('16.8 MB beside the page');
  expect(wordsForRuntime(16_800_000, 14_200_000)).toBe('14.2 MB of the models’ bytes, and 16.8 MB beside the page');
});
