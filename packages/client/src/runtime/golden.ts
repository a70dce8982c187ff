import {describeTensor, type Golden, KedgeError, type Manifest, type TensorSlice, toKedgeError} from '@kedge/core';
import {arrayOf, numberAt} from './dtype.js';
import {wrongExample} from './form.js';
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

export function readTensors(slices: Golden['inputs'], files: ReadonlyMap<string, Uint8Array>): Tensors {
  return Object.fromEntries(Object.entries(slices).map(([name, slice]) => [name, read(slice, files)]));
}

/** Largest difference beyond the tolerance, as text; undefined when all elements agree. NaN and infinity agree only where they are declared. */
function disagreement(
  name: string,
  expected: Tensor,
  got: Tensor | undefined,
  {absolute, relative}: Golden['tolerance'],
  nonFinite: boolean | undefined,
): string | undefined {
  if (!got || describeTensor(got) !== describeTensor(expected))
    return `${name}: expected ${describeTensor(expected)}, got ${got ? describeTensor(got) : 'nothing'}`;
  for (let i = 0; i < expected.data.length; i++) {
    const [want, have] = [numberAt(expected, i), numberAt(got, i)];
    if (nonFinite && Object.is(want, have)) continue;
    // A part of infinity is infinite: any number would be near it.
    if (
      !Number.isFinite(want) ||
      !(distance(expected.data[i]!, got.data[i]!, have - want) <= absolute + relative * Math.abs(want))
    )
      return `${name}[${i}]: expected ${want}, got ${have}`;
  }
  return undefined;
}

/** 64-bit integers differ by what a number can't hold. */
function distance(want: number | bigint, have: number | bigint, difference: number): number {
  return Math.abs(typeof want === 'bigint' && typeof have === 'bigint' ? Number(have - want) : difference);
}

/**
 * Runs the manifest's golden inputs. Backends disagree silently; this is what tells a device that answers wrongly. An example
 * that is not of the shapes that the manifest promises would tell nothing of those, and is not run.
 *
 * @param files must hold the golden artifacts
 * @throws KedgeError `golden_mismatch` naming the first element that is wrong, or the tensor that is not as the manifest says;
 * `model_invalid` when it can't be run at all
 */
export async function checkGolden(
  manifest: Manifest,
  session: Session,
  files: ReadonlyMap<string, Uint8Array>,
  provider: string,
): Promise<void> {
  const where = `${manifest.model} ${manifest.version} on ${provider}: golden example`;
  for (const [i, golden] of manifest.golden.entries()) {
    const lie = wrongExample(manifest, golden);
    if (lie) throw new KedgeError('golden_mismatch', `${where} ${i} is not what the manifest says: ${lie}`);
    const outputs = await session.run(readTensors(golden.inputs, files)).catch((cause: unknown) => {
      throw toKedgeError(cause, 'model_invalid', `${where} ${i} can't be run`);
    });
    const expected = readTensors(golden.outputs, files);
    for (const {name, nonFinite} of manifest.outputs) {
      const wrong = disagreement(name, expected[name]!, outputs[name], golden.tolerance, nonFinite);
      if (wrong)
        throw new KedgeError('golden_mismatch', `${where} ${i}, ${wrong}; this execution provider is not used`);
    }
  }
}
