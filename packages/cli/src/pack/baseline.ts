import {KedgeError, type TensorSpec} from '@kedge/core';
import {product} from '../data/column.js';
import {zeros} from '../data/typed-array.js';
import type {Meta} from './meta.js';

/** A naive answer that does not fit would be found only when it is needed. @throws KedgeError `manifest_invalid` for an output that the model has not, and for numbers that it does not hold */
export function checkBaseline({baseline = {}}: Meta, outputs: readonly TensorSpec[]): void {
  for (const [name, values] of Object.entries(baseline)) {
    const spec = outputs.find(output => output.name === name);
    const why = spec
      ? mistakeIn(spec, values)
      : `the model has no such output; it has ${outputs.map(output => output.name).join(', ')}`;
    if (why) throw new KedgeError('manifest_invalid', `--meta: baseline.${name}: ${why}`);
  }
}

function mistakeIn({dtype, shape}: TensorSpec, values: readonly number[]): string | undefined {
  const expected = product(shape.filter(size => typeof size === 'number'));
  if (values.length !== expected) return `expected ${expected} numbers, got ${values.length}`;
  // The page's first file has no room for what turns numbers into float16.
  if (dtype === 'float16')
    return 'the output is float16, for which only the app can answer: leave it out, and give model() a `baseline`';
  const odd = dtype.startsWith('float') ? undefined : values.find(value => !holds(dtype, value));
  return odd === undefined ? undefined : `expected ${dtype}, got ${odd}`;
}

function holds(dtype: TensorSpec['dtype'], value: number): boolean {
  if (!Number.isInteger(value) || (dtype === 'bool' && value > 1)) return false;
  const held = zeros(dtype, 1);
  held[0] = /64/.test(dtype) ? BigInt(value) : value;
  return Number(held[0]) === value;
}
