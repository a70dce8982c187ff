import {KedgeError, type Manifest, type TensorSpec} from '@kedge/core';
import {numberAt} from './dtype.js';
import {wrongForm} from './form.js';
import type {Tensor, Tensors} from './runtime.js';

const floats = new Set(['float16', 'float32', 'float64']);

type Allowed = {[Rule in 'range' | 'nonFinite']?: TensorSpec[Rule] | undefined};

function wrong(tensor: Tensor, {range, nonFinite}: Allowed): string | undefined {
  if (!range && (nonFinite || !floats.has(tensor.dtype))) return undefined;
  const [low, high] = range ?? [-Infinity, Infinity];
  // Backends round: a probability may come out as 1.0000001.
  const slack = 1e-3 * Math.max(1, Math.abs(low), Math.abs(high) === Infinity ? 1 : Math.abs(high));
  for (let i = 0; i < tensor.data.length; i++) {
    const value = numberAt(tensor, i);
    if (!Number.isFinite(value) && !nonFinite) return `element ${i} is ${value}`;
    if (range && (value < low - slack || value > high + slack))
      return `element ${i} is ${value}, outside [${low}, ${high}]`;
  }
  return undefined;
}

/**
 * Refuses NaN, infinity, values outside the declared range, another dtype, another number of dimensions and another size than a
 * fixed one.
 *
 * @throws KedgeError `output_invalid`
 */
export function checkOutputs(manifest: Manifest, outputs: Tensors): void {
  for (const spec of manifest.outputs) {
    const tensor = outputs[spec.name];
    const problem = wrongForm(spec, tensor) ?? wrong(tensor!, spec);
    if (problem) throw invalid('output', manifest, spec.name, problem);
  }
}

/** What is wrong with the values of an input: which element, and what it is. */
export function wrongInput({dtype, nonFinite}: TensorSpec, tensor: Tensor): string | undefined {
  return wrong(tensor, {range: dtype === 'bool' ? [0, 1] : undefined, nonFinite});
}

/**
 * Refuses values that a model may turn into a number that looks right: NaN and infinity, and a bool that is neither 0 nor 1.
 * Their range is the model's business.
 *
 * @throws KedgeError `input_invalid`
 */
export function checkInputs(manifest: Manifest, inputs: Tensors): void {
  for (const spec of manifest.inputs) {
    const problem = wrongInput(spec, inputs[spec.name]!);
    if (problem) throw invalid('input', manifest, spec.name, problem);
  }
}

function invalid(side: 'input' | 'output', {model, version}: Manifest, name: string, problem: string): KedgeError {
  return new KedgeError(`${side}_invalid`, `${model} ${version}: ${side} ${name}: ${problem}`);
}
