import type {Manifest, TensorSpec} from '@kedge/core';
import type {ModelOptions} from './api.js';
import {areSound, asTensors, product, refuse, toTensors} from './inputs.js';
import {arrayOf} from './runtime/dtype.js';
import type {Tensors} from './runtime/runtime.js';

/** Answers without any model. @throws KedgeError `output_invalid` where the app's own gave what the manifest's outputs are not */
export type Baseline = (inputs: Tensors) => Tensors | Promise<never>;

/** The outputs' specs, with the sizes that are known by the inputs. */
function sized({inputs, outputs}: Manifest, tensors: Tensors): TensorSpec[] {
  const sizes = new Map<number | string, number>();
  for (const {name, shape} of inputs) shape.forEach((size, i) => sizes.set(size, tensors[name]!.shape[i]!));
  return outputs.map(spec => ({...spec, shape: spec.shape.map(size => sizes.get(size) ?? size)}));
}

/** The class prior or mean of the manifest, once for each row of the input where the output has rows too. None is packed for float16, which takes more than numbers. */
function fromManifest(manifest: Manifest, prior: Record<string, number[]>): Baseline {
  return inputs => {
    const rows = Object.values(inputs)[0]!.shape[0]!;
    const specs = sized(manifest, inputs).filter(({name, dtype}) => prior[name] && dtype !== 'float16');
    return Object.fromEntries(
      specs.map(({name, dtype, shape}) => {
        const values = prior[name]!;
        // A size that no input says.
        const sizes = shape.map((size, i) => (typeof size === 'number' ? size : i ? 1 : rows));
        const one = (_: unknown, i: number) => {
          const value = values[i % values.length]!;
          return /nt64/.test(dtype) ? BigInt(Math.round(value)) : value;
        };
        // What the array holds, each of which has its own kind of callback.
        const data = (new (arrayOf(dtype))(product(sizes)) as Float32Array<ArrayBuffer>).map(one as () => number);
        return [name, {dtype, shape: sizes, data}];
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
