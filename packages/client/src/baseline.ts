import type {Manifest, TensorSpec} from '@kedge/core';
import type {ModelOptions} from './api.js';
import {areSound, asTensors, refuse, shapeFor, toTensors} from './inputs.js';
import type {Tensors} from './runtime/runtime.js';

/** Answers without any model. @throws KedgeError `output_invalid` where the app's own gave what the manifest's outputs are not */
export type Baseline = (inputs: Tensors) => Tensors | Promise<never>;

/** The outputs' specs, with the sizes that are known by the inputs. */
function sized({inputs, outputs}: Manifest, tensors: Tensors): TensorSpec[] {
  const sizes = new Map<number | string, number>();
  for (const {name, shape} of inputs) shape.forEach((size, i) => sizes.set(size, tensors[name]!.shape[i]!));
  return outputs.map(spec => ({...spec, shape: spec.shape.map(size => sizes.get(size) ?? size)}));
}

function repeat(values: readonly number[], times: number): Float32Array {
  return Float32Array.from({length: values.length * times}, (_, i) => values[i % values.length]!);
}

/** The class prior or mean of the manifest, once for each row of the input. */
function fromManifest(manifest: Manifest, prior: Record<string, number[]>): Baseline {
  return inputs => {
    const spec = manifest.inputs[0]!;
    const rows = typeof spec.shape[0] === 'string' ? (inputs[spec.name]?.shape[0] ?? 1) : 1;
    const specs = sized(manifest, inputs);
    return Object.fromEntries(
      Object.entries(prior).map(([name, values]) => {
        const data = repeat(values, rows);
        const its = specs.find(output => output.name === name);
        const shape = (its && shapeFor(its, data.length)) ?? [rows, values.length];
        return [name, {dtype: 'float32' as const, shape, data}];
      }),
    );
  };
}

/** What the app answers, one output or more, is held to the manifest as a model's answer is. */
function fromApp(manifest: Manifest | undefined, own: NonNullable<ModelOptions['baseline']>): Baseline {
  return inputs => {
    const answer = own(inputs);
    const specs = manifest ? sized(manifest, inputs).filter(({name}) => answer?.[name]) : [];
    const outputs = manifest ? toTensors(specs, answer) : asTensors(answer);
    return outputs && Object.keys(outputs)[0] && areSound(specs, outputs)
      ? outputs
      : refuse(manifest, 'output', answer, specs[0] && specs);
  };
}

/** The app's own naive answer, else the manifest's; undefined where there is neither. */
export function baselineOf(manifest: Manifest | undefined, own: ModelOptions['baseline']): Baseline | undefined {
  if (own) return fromApp(manifest, own);
  return manifest?.baseline && fromManifest(manifest, manifest.baseline);
}
