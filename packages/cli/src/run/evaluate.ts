import {type Session, type Tensor, wrongForm} from '@kedge/client/runtime';
import {KedgeError, type TensorSpec} from '@kedge/core';
import {numberAt} from '../data/column.js';
import type {Dataset} from '../data/dataset.js';
import type {OnProgress} from '../progress.js';
import {feed, isBatched} from './feed.js';

/** One output over a whole dataset, row by row. */
export interface Column {
  /** Values of one example. */
  width: number;
  values: Float64Array;
}

export type Answers = ReadonlyMap<string, Column>;

const batchExamples = 256;

/**
 * Every example through the model.
 *
 * @throws KedgeError `input_invalid`; `output_invalid` naming the first NaN or infinity and its example, or the output that is of
 * another shape than its spec says
 */
export async function evaluate(
  session: Session,
  specs: {inputs: readonly TensorSpec[]; outputs: readonly TensorSpec[]},
  dataset: Dataset,
  onProgress: OnProgress = () => {},
): Promise<Answers> {
  const batch = specs.inputs.every(isBatched) ? batchExamples : 1;
  const answers = new Map<string, Column>();
  for (let start = 0; start < dataset.examples; start += batch) {
    const count = Math.min(batch, dataset.examples - start);
    const outputs = await session.run(feed(dataset, specs.inputs, start, count));
    for (const spec of specs.outputs) {
      const {name} = spec;
      const tensor = outputs[name];
      checkForm(spec, tensor, count);
      const width = tensor.data.length / count;
      let column = answers.get(name);
      if (!column) answers.set(name, (column = {width, values: new Float64Array(width * dataset.examples)}));
      for (let i = 0; i < tensor.data.length; i++) {
        const value = numberAt(tensor.data, tensor.dtype, i);
        if (!Number.isFinite(value))
          throw new KedgeError(
            'output_invalid',
            `output ${name}: example ${start + Math.floor(i / width)} gave ${value}; the model must answer with finite numbers`,
          );
        column.values[start * width + i] = value;
      }
    }
    onProgress({phase: 'examples', done: start + count, total: dataset.examples});
  }
  return answers;
}

/** Devices take no other shape, whatever the model answers with. */
function checkForm(spec: TensorSpec, tensor: Tensor | undefined, examples: number): asserts tensor is Tensor {
  const where = `output ${spec.name} for ${examples} examples`;
  const problem = wrongForm(spec, tensor);
  if (problem)
    throw new KedgeError(
      'output_invalid',
      `${where}: ${problem}; state its shape in --meta (outputs.${spec.name}.shape), with a name such as "batch" for a size that varies, and pack it`,
    );
  if (!tensor || tensor.data.length % examples !== 0)
    throw new KedgeError('output_invalid', `${where}: expected values for each, got ${tensor?.data.length}`);
}
