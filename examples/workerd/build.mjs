// Makes worker.js of the example and its packages, and puts onnxruntime-web's WebAssembly beside it.
import {copyFileSync, mkdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {rolldown} from 'rolldown';

const wasm = 'ort-wasm-simd-threaded.wasm';
const here = fileURLToPath(new URL('.', import.meta.url));
const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));

const bundle = await rolldown({
  input: join(here, 'worker.mjs'),
  external: [`./${wasm}`],
  platform: 'browser',
  logLevel: 'warn',
});
mkdirSync(join(here, 'dist'), {recursive: true});
await bundle.write({file: join(here, 'dist', 'worker.js'), format: 'es', codeSplitting: false});
await bundle.close();
copyFileSync(join(runtime, wasm), join(here, 'dist', wasm));
