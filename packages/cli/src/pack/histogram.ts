import type {Histogram, Manifest, TensorSpec} from '@kedge/core';
import {numberAt, product} from '../data/column.js';
import type {Dataset} from '../data/dataset.js';
import type {Answers} from '../run/evaluate.js';
import {columnFor, feed} from '../run/feed.js';

/** Ten to twenty bins are what drift thresholds (PSI) were calibrated for. */
const binCount = 20;

/** Values in pieces, so that two passes need no copy of the whole. */
type Pieces = () => Iterable<ArrayLike<number>>;

/**
 * Equal-width bins over the declared range, widened to what is there; without one over what is there.
 * The upper edge belongs to the last bin.
 */
export function histogramOf(pieces: Pieces, range?: readonly [number, number]): Histogram {
  const [low, high] = bounds(pieces, range);
  const edges = Array.from({length: binCount + 1}, (_, i) => low + ((high - low) * i) / binCount);
  const counts = new Array<number>(binCount).fill(0);
  const perUnit = binCount / (high - low);
  for (const piece of pieces())
    for (let i = 0; i < piece.length; i++)
      counts[Math.min(binCount - 1, Math.floor((piece[i]! - low) * perUnit))]! += 1;
  return {edges, counts};
}

function bounds(pieces: Pieces, range?: readonly [number, number]): [number, number] {
  let [low, high] = range ?? [Infinity, -Infinity];
  for (const piece of pieces())
    for (let i = 0; i < piece.length; i++) {
      low = Math.min(low, piece[i]!);
      high = Math.max(high, piece[i]!);
    }
  // A constant still needs a bin with a width.
  return high > low ? [low, high] : [low, low + 1];
}

const examplesPerPiece = 512;

/** The values of one input over the dataset, as the model is fed them. */
function inputPieces(dataset: Dataset, specs: readonly TensorSpec[], spec: TensorSpec): Pieces {
  return function* () {
    const each = product(columnFor(dataset, specs, spec).shape);
    for (let start = 0; start < dataset.examples; start += examplesPerPiece) {
      const count = Math.min(examplesPerPiece, dataset.examples - start);
      const {data, dtype} = feed(dataset, specs, start, count)[spec.name]!;
      yield data instanceof Float32Array
        ? data
        : Float64Array.from({length: each * count}, (_, i) => numberAt(data, dtype, i));
    }
  };
}

/** What drift is measured against: per input and output over all values of the tensor. */
export function makeReference(
  {inputs, outputs}: {inputs: readonly TensorSpec[]; outputs: readonly TensorSpec[]},
  dataset: Dataset,
  answers: Answers,
  predicted: number[] | undefined,
): NonNullable<Manifest['reference']> {
  const ofInput = (spec: TensorSpec) => histogramOf(inputPieces(dataset, inputs, spec), spec.range);
  const ofOutput = ({name, range}: TensorSpec) => histogramOf(() => [answers.get(name)!.values], range);
  return {
    inputs: Object.fromEntries(inputs.map(spec => [spec.name, ofInput(spec)])),
    outputs: Object.fromEntries(outputs.map(spec => [spec.name, ofOutput(spec)])),
    ...(predicted && {predicted}),
  };
}
