import {describe, expect, it} from 'vitest';
import {bordersOf} from './borders.js';

const KiB = 1024;
const MiB = 2 ** 20;

describe('the borders of a file', () => {
  it('cut its end into two small chunks, which lie in a browser without files of their own', () => {
    expect(bordersOf([], MiB)).toEqual([MiB - 120 * KiB, MiB - 60 * KiB]);
  });

  it('are none where the end is most of the file, or does not show', () => {
    expect([bordersOf([], 255 * KiB), bordersOf([], 16 * MiB + 1)]).toEqual([[], []]);
    expect([bordersOf([], 256 * KiB), bordersOf([], 16 * MiB)].map(({length}) => length)).toEqual([2, 2]);
  });

  it('are in order with those of large tensors, each once', () => {
    const tensors = [
      {offset: 4 * KiB, bytes: 900 * KiB},
      {offset: 904 * KiB, bytes: 60 * KiB},
    ];
    expect(bordersOf(tensors, MiB)).toEqual([4 * KiB, 904 * KiB, 964 * KiB]);
  });
});
