import {preprocess} from '../../models/preprocess.mjs';

/** Side of the picture that the model sees, in pixels. */
export const fieldSide = 28;

/**
 * A canvas's picture as the model takes it: ink is the alpha of what was drawn, so that the colour scheme does not matter.
 *
 * @param rgba four bytes for each pixel, row by row
 * @returns 784 values, 0 paper to 1 ink; undefined for an empty canvas
 */
export function toField(rgba: ArrayLike<number>, width: number, height: number): Float32Array | undefined {
  const ink = new Float32Array(width * height);
  for (let at = 0; at < ink.length; at++) ink[at] = (rgba[at * 4 + 3] ?? 0) / 255;
  return preprocess(ink, width, height);
}

/** A stored test digit, 784 bytes of ink, as the model takes it: MNIST's digits went through the same steps already. */
export function fromTestDigit(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, value => value / 255);
}
