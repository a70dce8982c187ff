import {describe, expect, it} from 'vitest';
import {smallestBox, unclip} from './box.js';
import {findLines} from './find-lines.js';
import {cornersOf, type Vector} from './picture.js';
import {regionsOf} from './regions.js';

/** A map of zeros with rectangles of a probability. */
function mapOf(
  width: number,
  height: number,
  ...parts: [left: number, top: number, w: number, h: number, p: number][]
) {
  const data = new Float32Array(width * height);
  for (const [left, top, w, h, p] of parts)
    for (let y = top; y < top + h; y++) data.fill(p, y * width + left, y * width + left + w);
  return {data, width, height};
}

const rounded = ({x, y}: Vector) => [Number(x.toFixed(3)), Number(y.toFixed(3))];

describe('regions', () => {
  it('are joined by corners too, and have the mean probability of their pixels', () => {
    const {data, width, height} = mapOf(6, 4, [0, 0, 2, 1, 0.5], [2, 1, 2, 1, 1], [5, 3, 1, 1, 0.2]);
    const regions = regionsOf(data, width, height);
    expect(regions.map(({points, score}) => [points.length, score])).toEqual([[4, 0.75]]);
  });

  it('are none on an empty map', () => {
    expect(regionsOf(new Float32Array(12), 4, 3)).toEqual([]);
  });
});

describe('the smallest box', () => {
  it.each([
    ['a letter, a little taller than wide, upright', 23, 29, {x: 1, y: 0}, [24, 30]],
    ['a line that was turned along itself', 23, 95, {x: 0, y: 1}, [96, 24]],
  ])('has %s', (_, right, bottom, along, [width, height]) => {
    const box = smallestBox([
      {x: 0, y: 0},
      {x: right, y: 0},
      {x: 0, y: bottom},
      {x: right, y: bottom},
    ]);
    expect(box).toMatchObject({along, width, height});
  });

  it('holds whole pixels of a level region', () => {
    const box = smallestBox([
      {x: 3, y: 2},
      {x: 4, y: 2},
      {x: 5, y: 2},
    ]);
    expect(box).toEqual({centre: {x: 4.5, y: 2.5}, along: {x: 1, y: 0}, width: 3, height: 1});
  });

  it('is turned with the text, which runs along the longer side and to the right', () => {
    const points = Array.from({length: 400}, (_, i) => i).flatMap(i => {
      const [u, v] = [(i % 80) - 40, Math.floor(i / 80) - 2];
      // By 3/5 and 4/5: about 37 degrees downwards.
      return [{x: Math.round(60 + 0.8 * u - 0.6 * v), y: Math.round(60 + 0.6 * u + 0.8 * v)}];
    });
    const {along, width, height, centre} = smallestBox(points);
    expect(along.x).toBeCloseTo(0.8, 1);
    expect(along.y).toBeCloseTo(0.6, 1);
    expect(width).toBeGreaterThan(79);
    expect(width).toBeLessThan(83);
    expect(height).toBeLessThan(8);
    expect(Math.hypot(centre.x - 60.3, centre.y - 60.3)).toBeLessThan(1);
  });

  it('grows by area over circumference', () => {
    const box = {centre: {x: 10, y: 5}, along: {x: 1, y: 0}, width: 8, height: 2};
    // 16 x 1.5 / 20 on each side.
    expect(unclip(box, 1.5)).toEqual({...box, width: 10.4, height: 4.4});
    expect(cornersOf(box).map(rounded)).toEqual([
      [6, 4],
      [14, 4],
      [14, 6],
      [6, 6],
    ]);
  });
});

describe('lines', () => {
  it('are read down the page and from left to right, in pixels of the picture', () => {
    const map = mapOf(96, 64, [50, 40, 30, 6, 0.9], [52, 11, 30, 6, 0.9], [4, 10, 30, 6, 0.8]);
    const found = findLines(map, {width: 192, height: 128});
    expect(found.map(({centre}) => rounded(centre))).toEqual([
      [38, 26],
      [134, 28],
      [130, 86],
    ]);
    // 30 x 6 grown by 4 on each side, and twice as large.
    expect(found[0]!.width).toBeCloseTo(76);
    expect(found[0]!.height).toBeCloseTo(28);
    expect(found[0]!.score).toBeCloseTo(0.8);
  });

  it('go on in the next box on their level, unless it is far away', () => {
    const map = mapOf(320, 32, [10, 10, 60, 10, 0.9], [85, 10, 40, 10, 0.9], [220, 10, 60, 10, 0.9]);
    expect(findLines(map, {width: 320, height: 32}).map(({goesOn}) => goesOn)).toEqual([false, true, false]);
  });

  it('leaves out specks and what is unsure', () => {
    expect(findLines(mapOf(32, 32, [2, 2, 2, 2, 1], [10, 10, 12, 6, 0.4]), {width: 32, height: 32})).toEqual([]);
  });
});
