import {afterEach, expect, test, vi} from 'vitest';
import {areNoted} from '../healing/flights.js';
import {markerKey, readMarker, writeMarker} from './marker.js';

afterEach(() => vi.unstubAllGlobals());

// As Deno and newer Nodes have it, for all folders of a program.
test('a localStorage outside of pages is left alone', () => {
  const kept = new Map([[markerKey, JSON.stringify([{digest: 'd', model: 'm', version: '1.0.0', bytes: 1}])]]);
  const look = vi.fn(() => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => kept.set(key, text),
    removeItem: (key: string) => kept.delete(key),
  }));
  vi.stubGlobal('localStorage', undefined);
  Object.defineProperty(globalThis, 'localStorage', {get: look, configurable: true});
  expect(readMarker()).toEqual([]);
  writeMarker([]);
  writeMarker([{digest: 'e', model: 'm', version: '1.0.0', bytes: 1}]);
  expect(areNoted()).toBeFalsy();
  expect([look.mock.calls.length, kept.size]).toEqual([0, 1]);
});
