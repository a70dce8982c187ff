import type {Model, Tensor} from '@kedge/client';
import {decode, type Decoded} from './ctc.js';
import {detectionInput, detectionSize} from './detection-input.js';
import {findLines, type FoundBox} from './find-lines.js';
import type {Picture} from './picture.js';
import {recognitionInput} from './recognition-input.js';

/** A line with the boxes that it stands in; its score is that of the least sure one. */
export interface ReadLine extends Decoded {
  boxes: readonly FoundBox[];
}

export interface ReadingOptions {
  signal: AbortSignal;
  /** After the boxes are known, and after each of them. */
  onProgress(progress: {boxes: readonly FoundBox[]; done: number; lines: readonly ReadLine[]}): void;
}

/** The part of a model that is asked here. */
export type Asked = Pick<Model, 'manifest' | 'predict'>;

/** More of them in one picture are not a line, nor a paragraph. */
const mostBoxes = 24;

/**
 * Finds the lines of a picture and reads one after the other.
 *
 * @param resize the picture in another size
 * @throws KedgeError when a model can't answer; the signal's reason
 */
export async function read(
  models: {detection: Asked; recognition: Asked},
  picture: Picture,
  resize: (width: number, height: number) => Picture,
  {signal, onProgress}: ReadingOptions,
): Promise<ReadLine[]> {
  const {width, height} = detectionSize(picture.width, picture.height);
  const map = await ask(models.detection, detectionInput(resize(width, height)), signal);
  const boxes = findLines({data: map.data as Float32Array, width, height}, picture).slice(0, mostBoxes);
  const lines: ReadLine[] = [];
  onProgress({boxes, done: 0, lines});
  for (const [i, box] of boxes.entries()) {
    const {data} = await ask(models.recognition, recognitionInput(picture, box), signal);
    add(lines, decode(data as Float32Array, models.recognition.manifest?.classes ?? []), box, boxes[i - 1]);
    onProgress({boxes, done: i + 1, lines});
  }
  return lines;
}

function add(lines: ReadLine[], {text, score}: Decoded, box: FoundBox, before: FoundBox | undefined): void {
  if (!text.trim()) return;
  // What stands before may have been no text after all.
  const joins = box.goesOn && before !== undefined && lines.at(-1)?.boxes.at(-1) === before;
  const line = joins ? lines.pop() : undefined;
  lines.push({
    text: line ? `${line.text} ${text}` : text,
    score: line ? Math.min(line.score, score) : score,
    boxes: [...(line?.boxes ?? []), box],
  });
}

/** Both models have one input and one output. */
async function ask(model: Asked, input: {data: Float32Array; shape: number[]}, signal: AbortSignal): Promise<Tensor> {
  const name = model.manifest?.inputs[0]?.name ?? 'x';
  const {outputs} = await model.predict({[name]: input}, {signal});
  return Object.values(outputs)[0]!;
}
