import {describe, expect, it} from 'vitest';
import {fieldSide, fromTestDigit, toField} from './field.js';

const side = 280;

/** An upright stroke in any colour; only its alpha is ink. */
function canvas(left: number, top: number, width: number, height: number, colour = [20, 40, 60]): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(side * side * 4);
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) rgba.set([...colour, 255], (y * side + x) * 4);
  return rgba;
}

function centreOfMass(field: Float32Array): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  field.forEach((value, at) => {
    mass += value;
    x += value * (at % fieldSide);
    y += value * Math.floor(at / fieldSide);
  });
  return [x / mass, y / mass];
}

describe('toField', () => {
  it('has nothing to say about an empty canvas', () => {
    expect(toField(new Uint8ClampedArray(side * side * 4), side, side)).toBeUndefined();
  });

  it('scales the longer side to 20 pixels and centres the mass', () => {
    const field = toField(canvas(10, 20, 30, 150), side, side)!;
    const inked = [...field.keys()].filter(at => field[at]! > 0);
    const rowsUsed = new Set(inked.map(at => Math.floor(at / fieldSide)));
    const columnsUsed = new Set(inked.map(at => at % fieldSide));
    expect([rowsUsed.size, columnsUsed.size]).toEqual([20, 4]);
    const [x, y] = centreOfMass(field);
    expect(Math.abs(x - 14)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(y - 14)).toBeLessThanOrEqual(0.5);
  });

  it('gives the same picture wherever, and in whatever colour, the digit was drawn', () => {
    const one = toField(canvas(10, 20, 30, 150), side, side);
    const other = toField(canvas(200, 100, 30, 150, [255, 255, 255]), side, side);
    expect(other).toEqual(one);
  });
});

it('scales a test digit to 0..1 and moves nothing', () => {
  const pixels = new Uint8Array(784);
  pixels[5] = 255;
  pixels[783] = 51;
  const field = fromTestDigit(pixels);
  expect([field[5], field[783], field[0]]).toEqual([1, Math.fround(0.2), 0]);
});
