import {needAdapter} from '../../src/runtime/adapter.js';
import {type Case, cases} from './vitest.js';

/** As Vitest's `json` reporter writes it. */
interface Result {
  ancestorTitles: readonly string[];
  title: string;
  status: 'passed' | 'failed' | 'skipped';
  failureMessages: string[];
}

declare global {
  /** What every test of the contract gave, when the last one has ended. */
  var contractResults: Result[] | undefined;
  /** The test that runs now. */
  var contractAt: string | undefined;
  /** What was thrown outside of any test, as `index.html` heard it first. */
  var contractFailed: string | undefined;
}

const testMs = 90_000;
const noGpu = await needAdapter().then(
  () => false,
  () => true,
);

if (location.search === '?threads') {
  await import('../../src/onnx/threads.isolated.test.js');
} else {
  await import('../../src/onnx/runtime.test.js');
  await import('../../src/tfjs/runtime.test.js');
}

/** By the name of its suite. */
const isMissing = (name: string) =>
  (noGpu && name.includes(' on webgpu')) || (typeof SharedArrayBuffer === 'undefined' && name.includes(' threads'));

async function within(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ended after ${testMs / 1000} s`)), testMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function resultOf({ancestorTitles, title, body}: Case): Promise<Result> {
  const end = (status: Result['status'], ...failureMessages: string[]) => ({
    ...{ancestorTitles, title, status, failureMessages},
  });
  if (ancestorTitles.some(isMissing)) return end('skipped');
  globalThis.contractAt = [...ancestorTitles, title].join(' › ');
  try {
    await within(Promise.resolve().then(body));
    return end('passed');
  } catch (error) {
    return end('failed', error instanceof Error ? `${error.message}\n${error.stack}` : String(error));
  }
}

const results: Result[] = [];
// The files hold the adapters' other tests too.
for (const one of cases.filter(({ancestorTitles}) => ancestorTitles.includes('the contract')))
  results.push(await resultOf(one));
globalThis.contractResults = results;
