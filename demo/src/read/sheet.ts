import {cornersOf, type Box, type Picture} from './picture.js';

const paper = '#ffffff';
const ink = '#14262e';
const plain = {width: 960, height: 480};
/** Larger photos are scaled down to this: enough for letters, and for memory. */
const longest = 1472;
const pen = 12;

/** The picture that is read: a drawing, a photo, or written text; with the boxes of what was found over it. */
export class Sheet {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #boxes: HTMLCanvasElement;
  readonly #onStroke: () => void;
  #empty = true;

  /** @param boxes lies over `canvas` @param onStroke after each stroke */
  constructor(canvas: HTMLCanvasElement, boxes: HTMLCanvasElement, onStroke: () => void) {
    const context = canvas.getContext('2d', {willReadFrequently: true});
    if (!context) throw new Error('this browser has no 2d canvas');
    this.#canvas = canvas;
    this.#context = context;
    this.#boxes = boxes;
    this.#onStroke = onStroke;
    this.clear();
    this.#listen();
  }

  get isEmpty(): boolean {
    return this.#empty;
  }

  clear(): void {
    this.#resize(plain.width, plain.height);
    this.#empty = true;
  }

  /** A photo, whole, as large as is useful. */
  showPhoto(photo: ImageBitmap): void {
    const scale = Math.min(1, longest / Math.max(photo.width, photo.height));
    this.#resize(Math.max(1, Math.round(photo.width * scale)), Math.max(1, Math.round(photo.height * scale)));
    this.#context.imageSmoothingQuality = 'high';
    this.#context.drawImage(photo, 0, 0, this.#canvas.width, this.#canvas.height);
    this.#empty = false;
  }

  /** What `draw` makes of an empty sheet. */
  paint(draw: (context: CanvasRenderingContext2D, size: {width: number; height: number}) => void): void {
    this.clear();
    this.#context.save();
    draw(this.#context, plain);
    this.#context.restore();
    this.#empty = false;
  }

  write(text: string): void {
    this.paint((context, {width, height}) => {
      const font = (size: number) => `600 ${size}px system-ui, 'DejaVu Sans', sans-serif`;
      context.font = font(100);
      const size = Math.min(110, (100 * 0.9 * width) / context.measureText(text).width);
      context.font = font(size);
      context.fillStyle = ink;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      context.fillText(text, width / 2, height / 2);
    });
  }

  get picture(): Picture {
    const {width, height} = this.#canvas;
    return {width, height, rgba: this.#context.getImageData(0, 0, width, height).data};
  }

  resized(width: number, height: number): Picture {
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#canvas, 0, 0, width, height);
    return {width, height, rgba: context.getImageData(0, 0, width, height).data};
  }

  showBoxes(boxes: readonly Box[], read: number): void {
    const context = this.#clearedBoxes();
    const style = getComputedStyle(this.#boxes);
    context.lineWidth = Math.max(2, this.#canvas.width / 300);
    context.lineJoin = 'round';
    boxes.forEach((box, i) => {
      context.strokeStyle = style.getPropertyValue(i < read ? '--found' : '--waiting');
      context.beginPath();
      for (const {x, y} of cornersOf(box)) context.lineTo(x, y);
      context.closePath();
      context.stroke();
    });
  }

  #resize(width: number, height: number): void {
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#context.fillStyle = paper;
    this.#context.fillRect(0, 0, width, height);
    this.#clearedBoxes();
  }

  #clearedBoxes(): CanvasRenderingContext2D {
    this.#boxes.width = this.#canvas.width;
    this.#boxes.height = this.#canvas.height;
    return this.#boxes.getContext('2d')!;
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', event => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#clearedBoxes();
      const {x, y} = this.#at(event);
      this.#begin(x, y);
    });
    canvas.addEventListener('pointermove', event => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const points = event.getCoalescedEvents?.() ?? [];
      for (const part of points.length > 0 ? points : [event]) {
        const {x, y} = this.#at(part);
        this.#context.lineTo(x, y);
      }
      this.#context.stroke();
    });
    canvas.addEventListener('pointerup', () => this.#onStroke());
  }

  #begin(x: number, y: number): void {
    const context = this.#context;
    context.strokeStyle = ink;
    context.lineWidth = (pen * this.#canvas.width) / plain.width;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, y);
    context.stroke();
    this.#empty = false;
  }

  #at(event: PointerEvent): {x: number; y: number} {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.#canvas.width,
      y: ((event.clientY - box.top) / box.height) * this.#canvas.height,
    };
  }
}
