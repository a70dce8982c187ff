import {describe, expect, it} from 'vitest';
import {decode} from './ctc.js';
import {detectionInput, detectionSize} from './detection-input.js';
import {recognitionInput} from './recognition-input.js';

/** Grey pixels by position. */
function picture(width: number, height: number, grey: (x: number, y: number) => number) {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at++) {
    const value = grey(at % width, Math.floor(at / width));
    rgba.set([value, value, value, 255], at * 4);
  }
  return {width, height, rgba};
}

describe('what detection gets', () => {
  it.each([
    [640, 160, 640, 160],
    [4000, 3000, 736, 544],
    [300, 10, 288, 32],
  ])('a picture of %i x %i is scaled to %i x %i', (width, height, ...wanted) => {
    expect(Object.values(detectionSize(width, height))).toEqual(wanted);
  });

  it('is blue, green and red in planes, each less its mean and over its deviation', () => {
    const {data, shape} = detectionInput({width: 2, height: 1, rgba: [255, 0, 51, 255, 0, 0, 0, 255]});
    expect(shape).toEqual([1, 3, 1, 2]);
    const frozen = [
      (0.2 - 0.485) / 0.229,
      -0.485 / 0.229,
      -0.456 / 0.224,
      -0.456 / 0.224,
      (1 - 0.406) / 0.225,
      -0.406 / 0.225,
    ];
    [...data].forEach((value, at) => expect(value).toBeCloseTo(frozen[at]!, 5));
  });
});

describe('what recognition gets', () => {
  it('is the box scaled to a height of 48, and a width that is a multiple of 8', () => {
    const box = {centre: {x: 50, y: 12}, along: {x: 1, y: 0}, width: 90, height: 24};
    const {shape, data} = recognitionInput(
      picture(100, 24, x => (x < 50 ? 0 : 255)),
      box,
    );
    expect(shape).toEqual([1, 3, 48, 184]);
    expect([data[0], data[183]]).toEqual([-1, 1]);
    expect(data.length).toBe(3 * 48 * 184);
  });

  it('is turned level', () => {
    // Text that runs straight down: bright where it begins, dark where it ends.
    const box = {centre: {x: 12, y: 50}, along: {x: 0, y: 1}, width: 96, height: 24};
    const {data, shape} = recognitionInput(
      picture(24, 100, (_, y) => 255 - 2.55 * y),
      box,
    );
    const row = data.slice(0, shape[3]);
    expect(row[0]).toBeGreaterThan(0.9);
    expect(row.at(-1)).toBeLessThan(-0.9);
  });

  it('is squeezed when it would be too wide', () => {
    const box = {centre: {x: 500, y: 1}, along: {x: 1, y: 0}, width: 1000, height: 2};
    expect(
      recognitionInput(
        picture(1000, 2, () => 0),
        box,
      ).shape,
    ).toEqual([1, 3, 48, 2400]);
  });
});

describe('the best path', () => {
  const characters = ['', 'a', 'b', ' '];
  const steps = (...classes: number[]) =>
    classes.flatMap(best => characters.map((_, one) => (one === best ? 0.7 : 0.1)));

  it('joins repeats, and keeps those that a blank parts', () => {
    expect(decode(steps(0, 1, 1, 0, 1, 2, 3, 2, 0), characters)).toEqual({text: 'aab b', score: expect.closeTo(0.7)});
  });

  it('is nothing where all are blank', () => {
    expect(decode(steps(0, 0), characters)).toEqual({text: '', score: 0});
    expect(decode([], characters)).toEqual({text: '', score: 0});
  });
});
