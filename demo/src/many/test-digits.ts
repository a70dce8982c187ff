import {KedgeError} from '@kedge/core';

/** A real digit with its true label. */
export interface TestDigit {
  /** 28 x 28 bytes, 0 paper to 255 ink. */
  pixels: Uint8Array;
  label: number;
}

const pixelCount = 28 * 28;

/** Digits from the build's file: 784 bytes of ink and one of label for each. */
export function readTestDigits(bytes: Uint8Array): TestDigit[] {
  const size = pixelCount + 1;
  if (bytes.length === 0 || bytes.length % size !== 0)
    throw new Error(
      `the test digits are damaged: ${bytes.length} bytes, expected a multiple of ${size}; reload the page`,
    );
  return Array.from({length: bytes.length / size}, (_, i) => ({
    pixels: bytes.subarray(i * size, i * size + pixelCount),
    label: bytes[i * size + pixelCount]!,
  }));
}

let loading: Promise<TestDigit[]> | undefined;

/** Fetched at the first call (785 kB), and only then. A failed fetch is tried again by the next call. */
export function testDigits(): Promise<TestDigit[]> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<TestDigit[]> {
  const answer = await fetch(__DIGITS_URL__).catch((cause: unknown) => {
    throw new KedgeError('network', 'the test digits could not be fetched', {cause});
  });
  if (!answer.ok)
    throw new KedgeError('response_invalid', `the test digits: expected a file, got status ${answer.status}`);
  return readTestDigits(new Uint8Array(await answer.arrayBuffer()));
}
