import {fieldSide, fromTestDigit, toField} from './field.js';

/** Side of the canvas, in its own pixels. */
export const padSide = 280;
const brush = 20;

export interface Point {
  x: number;
  y: number;
}

/** The canvas: strokes of mouse, touch, pen or keyboard, and the picture that the model sees of them. */
export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onStroke: () => void;
  #testDigit: Uint8Array | undefined;
  #last: Point | undefined;

  /** @param onStroke called after each stroke, when there is something new to predict */
  constructor(canvas: HTMLCanvasElement, onStroke: () => void) {
    this.#canvas = canvas;
    this.#onStroke = onStroke;
    canvas.width = canvas.height = padSide;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    if (!context) throw new Error('this browser has no 2d canvas');
    this.#context = context;
    this.#listen();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#recolour());
  }

  get showsTestDigit(): boolean {
    return this.#testDigit !== undefined;
  }

  clear(): void {
    this.#context.clearRect(0, 0, padSide, padSide);
    this.#testDigit = undefined;
    this.#last = undefined;
  }

  /** Puts down, or goes on with, a stroke. In canvas pixels. */
  drawTo(point: Point): void {
    const context = this.#context;
    context.strokeStyle = this.#ink();
    context.lineWidth = brush;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    const from = this.#last ?? point;
    context.moveTo(from.x, from.y);
    context.lineTo(point.x, point.y);
    context.stroke();
    this.#last = point;
    this.#testDigit = undefined;
  }

  endStroke(): void {
    if (!this.#last) return;
    this.#last = undefined;
    this.#onStroke();
  }

  /** Shows a real test digit; the model then gets its very pixels. */
  showTestDigit(pixels: Uint8Array): void {
    this.clear();
    const image = new ImageData(fieldSide, fieldSide);
    pixels.forEach((value, at) => (image.data[at * 4 + 3] = value));
    const small = new OffscreenCanvas(fieldSide, fieldSide);
    small.getContext('2d')!.putImageData(image, 0, 0);
    this.#context.drawImage(small, 0, 0, padSide, padSide);
    this.#recolour();
    this.#testDigit = pixels;
    this.#onStroke();
  }

  /** 784 values, 0 paper to 1 ink; undefined when nothing is drawn. */
  field(): Float32Array | undefined {
    if (this.#testDigit) return fromTestDigit(this.#testDigit);
    return toField(this.#context.getImageData(0, 0, padSide, padSide).data, padSide, padSide);
  }

  #ink(): string {
    return getComputedStyle(this.#canvas).color;
  }

  #recolour(): void {
    const context = this.#context;
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = this.#ink();
    context.fillRect(0, 0, padSide, padSide);
    context.globalCompositeOperation = 'source-over';
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.drawTo(this.#at(event));
    });
    canvas.addEventListener('pointermove', event => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const points = event.getCoalescedEvents?.() ?? [];
      for (const part of points.length > 0 ? points : [event]) this.drawTo(this.#at(part));
    });
    for (const type of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(type, () => this.endStroke());
  }

  #at(event: PointerEvent): Point {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * padSide,
      y: ((event.clientY - box.top) / box.height) * padSide,
    };
  }
}
