import {type Box, cornersOf, type Picture} from './picture.js';
import {sample, toPlanes} from './pixels.js';

/** What the recognition was trained with. */
const height = 48;
const half = [0.5, 0.5, 0.5];
/** It tells one character for each eight pixels. */
const step = 8;
/** A line of some 300 characters; a longer one is squeezed. */
const widest = 2400;

/**
 * A box cut out, turned level, and scaled to 48 pixels of height.
 *
 * Each pixel is sampled once, so a box much higher than 48 pixels should be scaled down before.
 *
 * @returns float32[1, 3, 48, width], -1 black to 1 white
 */
export function recognitionInput(picture: Picture, box: Box): {data: Float32Array; shape: number[]} {
  const natural = (box.width / box.height) * height;
  const width = Math.min(widest, Math.max(2 * step, Math.ceil(natural / step) * step));
  const [origin, right, , down] = cornersOf(box);
  const pixel = (x: number, y: number, out: Float32Array) => {
    const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
    const at = (axis: 'x' | 'y') => origin[axis] + u * (right[axis] - origin[axis]) + v * (down[axis] - origin[axis]);
    sample(picture, at('x'), at('y'), out);
  };
  return {data: toPlanes({width, height}, pixel, half, half), shape: [1, 3, height, width]};
}
