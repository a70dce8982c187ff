import type {Picture} from './picture.js';

/** Blue, green, red between pixels, at (x, y) from the top left corner of the first one; the edge goes on for ever. */
export function sample({width, height, rgba}: Picture, x: number, y: number, out: Float32Array, at = 0): void {
  const column = Math.min(width - 1, Math.max(0, x - 0.5));
  const row = Math.min(height - 1, Math.max(0, y - 0.5));
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)];
  const [fx, fy] = [column - left, row - top];
  for (let channel = 0; channel < 3; channel++) {
    const value = (x: number, y: number) => rgba[(y * width + x) * 4 + 2 - channel]!;
    const upper = value(left, top) * (1 - fx) + value(right, top) * fx;
    const lower = value(left, bottom) * (1 - fx) + value(right, bottom) * fx;
    out[at + channel] = upper * (1 - fy) + lower * fy;
  }
}

/** One plane after the other, as the models take them: values 0..255 become `(value / 255 - mean) / deviation`. */
export function toPlanes(
  {width, height}: {width: number; height: number},
  pixel: (x: number, y: number, out: Float32Array) => void,
  mean: readonly number[],
  deviation: readonly number[],
): Float32Array {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  const bgr = new Float32Array(3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      pixel(x, y, bgr);
      for (let channel = 0; channel < 3; channel++)
        planes[channel * size + y * width + x] = (bgr[channel]! / 255 - mean[channel]!) / deviation[channel]!;
    }
  return planes;
}
