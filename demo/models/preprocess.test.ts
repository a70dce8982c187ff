import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {drawDigits} from './drawn.mjs';
import {readDigits} from './idx.mjs';
import {preprocess} from './preprocess.mjs';

const sides = {width: 60, height: 40};

function rectangle(left: number, top: number, width: number, height: number): Float32Array {
  const ink = new Float32Array(sides.width * sides.height);
  for (let y = top; y < top + height; y++) ink.fill(1, y * sides.width + left, y * sides.width + left + width);
  return ink;
}

function box(field: Float32Array) {
  const at = [...field.keys()].filter(index => field[index]! > 0);
  const columns = at.map(index => index % 28);
  const rows = at.map(index => Math.floor(index / 28));
  return {
    left: Math.min(...columns),
    top: Math.min(...rows),
    width: Math.max(...columns) - Math.min(...columns) + 1,
    height: Math.max(...rows) - Math.min(...rows) + 1,
  };
}

describe('preprocess', () => {
  it('finds nothing on empty paper', () => {
    expect(preprocess(new Float32Array(2400), 60, 40)).toBeUndefined();
  });

  it('scales the longer side to 20, keeps the aspect, and centres', () => {
    const field = preprocess(rectangle(3, 2, 10, 30), 60, 40)!;
    // 20 rows centred on row 14 begin at 4.5, which rounds up.
    expect(box(field)).toEqual({left: 11, top: 5, width: 7, height: 20});
  });

  it('gives full ink where the drawing is faint', () => {
    const faint = rectangle(5, 5, 20, 20).map(value => value * 0.4);
    expect(Math.max(...preprocess(faint, 60, 40)!)).toBe(1);
  });

  it('gives the same for a drawing anywhere on the canvas', () => {
    const anywhere = fc.record({
      left: fc.nat(30),
      top: fc.nat(15),
      width: fc.integer({min: 1, max: 30}),
      height: fc.integer({min: 1, max: 25}),
    });
    fc.assert(
      fc.property(anywhere, ({left, top, width, height}) => {
        const here = preprocess(rectangle(left, top, width, height), 60, 40)!;
        expect(here).toEqual(preprocess(rectangle(0, 0, width, height), 60, 40));
        expect(Math.max(box(here).width, box(here).height)).toBe(20);
        expect(here.every(value => value >= 0 && value <= 1)).toBe(true);
      }),
    );
  });

  it('leaves a scanned digit, already preprocessed, where it is', () => {
    const test = readDigits('test');
    const digits = Array.from({length: 200}, (_, index) => test.images.subarray(index * 784, index * 784 + 784));
    const change = digits.map(digit => {
      const again = preprocess(digit, 28, 28)!;
      return again.reduce((sum, value, at) => sum + Math.abs(value - digit[at]!), 0) / 784;
    });
    // Some scans are not quite 20 pixels large, and are stretched a little.
    expect(change.filter(mean => mean < 0.01).length).toBeGreaterThan(150);
  });

  it('keeps every drawing inside the field, its longer side 20', () => {
    for (const {ink, width, height} of drawDigits().slice(0, 60)) {
      const {width: wide, height: high} = box(preprocess(ink, width, height)!);
      expect(Math.max(wide, high)).toBeGreaterThanOrEqual(19);
      expect(Math.max(wide, high)).toBeLessThanOrEqual(20);
    }
  });
});
