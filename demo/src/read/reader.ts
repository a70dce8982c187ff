import type {Model, Tensor} from '@kedge/client';
import {decode, type Decoded} from './ctc.js';
import {detectionInput, detectionSize} from './detection-input.js';
import {findLines, type FoundBox} from './find-lines.js';
import type {Picture} from './picture.js';
import {recognitionInput} from './recognition-input.js';

/** A line with the box that it stands in. */
export interface ReadLine extends Decoded {
  box: FoundBox;
}

export interface ReadingOptions {
  signal: AbortSignal;
  /** After the boxes are known, and after each line. */
  onProgress(progress: {boxes: readonly FoundBox[]; lines: readonly ReadLine[]}): void;
}

/** The part of a model that is asked here. */
export type Asked = Pick<Model, 'manifest' | 'predict'>;

/** More of them in one picture are not a line, nor a paragraph. */
const mostLines = 24;

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
  const boxes = findLines({data: map.data as Float32Array, width, height}, picture).slice(0, mostLines);
  const lines: ReadLine[] = [];
  onProgress({boxes, lines});
  for (const box of boxes) {
    const {data} = await ask(models.recognition, recognitionInput(picture, box), signal);
    const line = decode(data as Float32Array, models.recognition.manifest?.classes ?? []);
    if (line.text.trim()) lines.push({...line, box});
    onProgress({boxes, lines});
  }
  return lines;
}

/** Both models have one input and one output. */
async function ask(model: Asked, input: {data: Float32Array; shape: number[]}, signal: AbortSignal): Promise<Tensor> {
  const name = model.manifest?.inputs[0]?.name ?? 'x';
  const {outputs} = await model.predict({[name]: input}, {signal});
  return Object.values(outputs)[0]!;
}
