import {type Golden, KedgeError, type Manifest, type TensorSlice} from '@kedge/core';
import {arrayOf} from './dtype.js';
import type {Session, Tensor, Tensors} from './runtime.js';

function read(slice: TensorSlice, files: ReadonlyMap<string, Uint8Array>): Tensor {
  const bytes = files.get(slice.artifact)?.slice(slice.offset, slice.offset + slice.bytes);
  if (bytes?.length !== slice.bytes)
    throw new KedgeError(
      'manifest_invalid',
      `golden tensor: ${slice.artifact} has no ${slice.bytes} bytes at ${slice.offset}`,
    );
  return {dtype: slice.dtype, shape: slice.shape, data: new (arrayOf(slice.dtype))(bytes.buffer)};
}

function readAll(slices: Golden['inputs'], files: ReadonlyMap<string, Uint8Array>): Tensors {
  return Object.fromEntries(Object.entries(slices).map(([name, slice]) => [name, read(slice, files)]));
}

/** Largest difference beyond the tolerance, as text; undefined when all elements agree. NaN never agrees. */
function disagreement(
  name: string,
  expected: Tensor,
  got: Tensor | undefined,
  {absolute, relative}: Golden['tolerance'],
): string | undefined {
  if (got?.data.length !== expected.data.length)
    return `${name}: expected ${expected.data.length} elements, got ${got?.data.length ?? 'none'}`;
  for (let i = 0; i < expected.data.length; i++) {
    const want = Number(expected.data[i]);
    const have = Number(got.data[i]);
    if (!(Math.abs(have - want) <= absolute + relative * Math.abs(want)))
      return `${name}[${i}]: expected ${want}, got ${have}`;
  }
  return undefined;
}

/**
 * Runs the manifest's golden inputs. Backends disagree silently; this is what tells a device that answers wrongly.
 *
 * @param files must hold the golden artifacts
 * @throws KedgeError `golden_mismatch` naming the first element that is wrong
 */
export async function checkGolden(
  manifest: Manifest,
  session: Session,
  files: ReadonlyMap<string, Uint8Array>,
  provider: string,
): Promise<void> {
  for (const [i, golden] of manifest.golden.entries()) {
    const outputs = await session.run(readAll(golden.inputs, files));
    for (const [name, expected] of Object.entries(readAll(golden.outputs, files))) {
      const wrong = disagreement(name, expected, outputs[name], golden.tolerance);
      if (wrong)
        throw new KedgeError(
          'golden_mismatch',
          `${manifest.model} ${manifest.version} on ${provider}: golden example ${i}, ${wrong}; this execution provider is not used`,
        );
    }
  }
}
