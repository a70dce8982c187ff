import type {Manifest} from '@kedge/core';
import type {ModelOptions} from './api.js';
import type {TensorData, Tensors} from './runtime/runtime.js';

/** Answers without any model. */
export type Baseline = (inputs: Tensors) => Tensors;

function asTensors(answers: Record<string, TensorData>, manifest: Manifest | undefined): Tensors {
  return Object.fromEntries(
    Object.entries(answers).map(([name, data]) => {
      const spec = manifest?.outputs.find(output => output.name === name);
      const fixed = spec?.shape.every(dimension => typeof dimension === 'number') ? spec.shape : [1, data.length];
      return [name, {dtype: spec?.dtype ?? 'float32', shape: fixed, data}];
    }),
  );
}

function repeat(values: readonly number[], times: number): Float32Array {
  return Float32Array.from({length: values.length * times}, (_, i) => values[i % values.length]!);
}

/** The class prior or mean of the manifest, once for each row of the input. */
function fromManifest(manifest: Manifest, prior: Record<string, number[]>): Baseline {
  return inputs => {
    const spec = manifest.inputs[0]!;
    const rows = typeof spec.shape[0] === 'string' ? (inputs[spec.name]?.shape[0] ?? 1) : 1;
    return Object.fromEntries(
      Object.entries(prior).map(([name, values]) => [
        name,
        {dtype: 'float32' as const, shape: [rows, values.length], data: repeat(values, rows)},
      ]),
    );
  };
}

/** The app's own naive answer, else the manifest's; undefined where there is neither. */
export function baselineOf(manifest: Manifest | undefined, own: ModelOptions['baseline']): Baseline | undefined {
  if (own) return inputs => asTensors(own(inputs), manifest);
  return manifest?.baseline && fromManifest(manifest, manifest.baseline);
}
