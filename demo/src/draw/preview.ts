import {fieldSide} from './field.js';

/** Shows the 28 x 28 pixels that the model sees. Light on dark, as MNIST is. */
export function drawPreview(canvas: HTMLCanvasElement, field: Float32Array | undefined): void {
  canvas.width = canvas.height = fieldSide;
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = new ImageData(fieldSide, fieldSide);
  for (let at = 0; at < fieldSide * fieldSide; at++) {
    const value = Math.round((field?.[at] ?? 0) * 255);
    image.data.set([value, value, value, 255], at * 4);
  }
  context.putImageData(image, 0, 0);
}
