import {frameMs} from './framer.js';
import type {Heard} from './listening.js';
import {startAt} from './segments.js';

/** What is seen at a time; a longer record moves on. */
const windowMs = 12_000;
const labelWidth = 52;
const labelHeight = 22;
const margin = 12;

/** The probability over time as a curve, with bands where somebody spoke. Drawn at most once for each picture of the screen. */
export class Plot {
  readonly #canvas: HTMLCanvasElement;
  #heard: Heard = {probabilities: [], segments: [], dropped: 0};
  #playheadMs: number | undefined;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#later()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#later());
  }

  show(heard: Heard): void {
    this.#heard = heard;
    this.#later();
  }

  /** Where the clip is being played; undefined while it is not. */
  playAt(milliseconds: number | undefined): void {
    this.#playheadMs = milliseconds;
    this.#later();
  }

  #later(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const canvas = this.#canvas;
    const {clientWidth, clientHeight} = canvas;
    canvas.width = Math.round(clientWidth * devicePixelRatio);
    canvas.height = Math.round(clientHeight * devicePixelRatio);
    const context = canvas.getContext('2d');
    if (!context || clientWidth === 0) return;
    context.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(canvas);
    const colour = (name: string) => style.getPropertyValue(name);
    const endMs = Math.max(windowMs, this.#heard.probabilities.length * frameMs);
    const startMs = endMs - windowMs;
    const plot = {width: clientWidth - labelWidth, height: clientHeight - labelHeight};
    const x = (ms: number) => labelWidth + ((ms - startMs) / windowMs) * plot.width;
    const y = (probability: number) => margin + (1 - probability) * (plot.height - 2 * margin);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    drawAxes(context, {startMs, endMs, x, y, colour, ...plot});
    context.save();
    context.beginPath();
    context.rect(labelWidth, 0, plot.width, plot.height);
    context.clip();
    this.#drawBands(context, x, plot.height, colour('--band'));
    this.#drawCurve(context, startMs, x, y, colour('--curve'));
    if (this.#playheadMs !== undefined) drawLine(context, x(this.#playheadMs), 0, plot.height, colour('--mark'));
    context.restore();
  }

  #drawBands(context: CanvasRenderingContext2D, x: (ms: number) => number, height: number, colour: string): void {
    context.fillStyle = colour;
    const now = this.#heard.probabilities.length * frameMs;
    for (const {startMs, endMs = now} of this.#heard.segments)
      context.fillRect(x(startMs), 0, x(endMs) - x(startMs), height);
  }

  #drawCurve(
    context: CanvasRenderingContext2D,
    startMs: number,
    x: (ms: number) => number,
    y: (probability: number) => number,
    colour: string,
  ): void {
    const {probabilities} = this.#heard;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.lineJoin = 'round';
    context.beginPath();
    for (let i = Math.max(0, Math.floor(startMs / frameMs)); i < probabilities.length; i++)
      context.lineTo(x((i + 0.5) * frameMs), y(probabilities[i]!));
    context.stroke();
  }
}

interface Axes {
  startMs: number;
  endMs: number;
  width: number;
  height: number;
  x(ms: number): number;
  y(probability: number): number;
  colour(name: string): string;
}

function drawAxes(context: CanvasRenderingContext2D, {startMs, endMs, width, height, x, y, colour}: Axes): void {
  context.fillStyle = colour('--label');
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const share of [0, startAt, 1]) {
    context.fillText(`${share * 100} %`, labelWidth - 6, y(share));
    context.fillStyle = colour('--rule');
    context.fillRect(labelWidth, y(share), width, 1);
    context.fillStyle = colour('--label');
  }
  context.textAlign = 'center';
  for (let second = Math.ceil(startMs / 2000) * 2; second * 1000 < endMs; second += 2)
    context.fillText(`${second} s`, Math.max(labelWidth + 10, x(second * 1000)), height + labelHeight / 2);
}

function drawLine(context: CanvasRenderingContext2D, x: number, top: number, bottom: number, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(x - 1, top, 2, bottom - top);
}
