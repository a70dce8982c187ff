import type {Picture} from './picture.js';
import {toPlanes} from './pixels.js';

/** The network halves its picture five times. */
const multiple = 32;
// ImageNet's, by channel: what the network was trained with.
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

/** The size that a picture is scaled to before lines are looked for: multiples of 32, no side above `longest`. */
export function detectionSize(width: number, height: number, longest = 736): {width: number; height: number} {
  const scale = Math.min(1, longest / Math.max(width, height));
  const side = (length: number) => Math.max(multiple, Math.round((length * scale) / multiple) * multiple);
  return {width: side(width), height: side(height)};
}

/** @param picture already of `detectionSize` @returns float32[1, 3, height, width] */
export function detectionInput(picture: Picture): {data: Float32Array<ArrayBufferLike>; shape: number[]} {
  const {width, height, rgba} = picture;
  const pixel = (x: number, y: number, out: Float32Array) => {
    const at = (y * width + x) * 4;
    for (let channel = 0; channel < 3; channel++) out[channel] = rgba[at + 2 - channel]!;
  };
  return {data: toPlanes(picture, pixel, mean, deviation), shape: [1, 3, height, width]};
}
