import {describeTensor, KedgeError, type Manifest, type TensorSpec} from '@kedge/core';
import type {FoundTensor, TfjsModel} from './model.js';
import {feedDtype} from './tensors.js';
import type {TfjsDtype} from './module.js';

/** Which of the model's tensors each of the manifest's is. */
export interface Binding {
  inputs: readonly {name: string; dtype: TfjsDtype}[];
  outputs: readonly {spec: TensorSpec; at: number}[];
}

type Specs = Pick<Manifest, 'model' | 'version' | 'inputs' | 'outputs'>;

/**
 * Matches the manifest's tensors with the model's: by name, or by order where the model has no names.
 *
 * @throws KedgeError `model_invalid` naming the tensor, what the manifest says of it, and what the model says
 */
export function bind(manifest: Specs, model: TfjsModel): Binding {
  const where = `${manifest.model} ${manifest.version}`;
  const inputs = positions(manifest.inputs, model.inputs, `${where}: input`);
  const outputs = positions(manifest.outputs, model.outputs, `${where}: output`);
  if (manifest.inputs.length !== model.inputs.length)
    throw new KedgeError(
      'model_invalid',
      `${where}: the manifest has ${manifest.inputs.length} inputs, the model ${model.inputs.length}`,
    );
  return {
    inputs: model.inputs.map((found, at) => {
      const spec = manifest.inputs[inputs.indexOf(at)]!;
      return {name: spec.name, dtype: feedDtype(spec, found.dtype, `${where}: input ${spec.name}`)};
    }),
    outputs: manifest.outputs.map((spec, i) => ({spec, at: outputs[i]!})),
  };
}

/** The model's position of each spec. */
function positions(specs: readonly TensorSpec[], found: readonly FoundTensor[], where: string): number[] {
  return specs.map((spec, order) => {
    const at = found.findIndex(({name}, i) => (name === undefined ? i === order : isNamed(name, spec.name)));
    const one = found[at];
    if (!one) throw new KedgeError('model_invalid', `${where} ${spec.name}: the model has ${list(found)}`);
    if (!fits(spec, one))
      throw new KedgeError(
        'model_invalid',
        `${where} ${spec.name}: the manifest says [${spec.shape.join(', ')}], the model [${one.shape?.map(size => size ?? '?').join(', ')}]`,
      );
    return at;
  });
}

/** TensorFlow names the first tensor of a node with and without `:0`. */
function isNamed(own: string, wanted: string): boolean {
  const bare = (name: string) => name.replace(/:0$/, '');
  return bare(own) === bare(wanted);
}

function fits({shape}: TensorSpec, found: FoundTensor): boolean {
  if (!found.shape) return true;
  return (
    shape.length === found.shape.length &&
    shape.every((size, axis) => typeof size === 'string' || (found.shape![axis] ?? size) === size)
  );
}

function list(found: readonly FoundTensor[]): string {
  const one = ({name, dtype, shape}: FoundTensor) =>
    `${name ?? 'an unnamed'} ${describeTensor({dtype: dtype ?? '?', shape: shape?.map(size => size ?? '?') ?? ['?']})}`;
  return found.map(one).join(', ') || 'none';
}
