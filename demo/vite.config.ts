import {statSync} from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vite';
import {serviceWorkerPlugin} from './vite/service-worker.js';
import {testDigitsPlugin} from './vite/test-digits.js';

const inDemo = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `kedge serve`, which the development server asks for the registry, the collector and the configuration. */
const server = process.env['KEDGE_SERVER'] ?? 'http://127.0.0.1:8787';

/** What the page fetches to run a model; it tells the size before it does. */
const runtimeFile = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');

/** tfjs is fetched by its arm only, so the service worker must know its files by their names. */
function workerChunk({name, moduleIds}: {name: string; moduleIds: string[]}): string {
  const packages = moduleIds.flatMap(id => /@tensorflow\/(tfjs-[\w-]+)/.exec(id)?.[1] ?? []);
  return `assets/${packages.at(-1) ?? name}-[hash].js`;
}

export default defineConfig({
  root: inDemo('.'),
  define: {__RUNTIME_BYTES__: statSync(runtimeFile).size},
  plugins: [testDigitsPlugin(), serviceWorkerPlugin()],
  worker: {format: 'es', rolldownOptions: {output: {chunkFileNames: workerChunk}}},
  // Its worker is found by `new URL(…, import.meta.url)`, which pre-bundling would move.
  optimizeDeps: {exclude: ['@kedge/client']},
  build: {
    outDir: 'dist',
    target: 'es2023',
    // The page's content security policy refuses data: addresses and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      input: {index: inDemo('index.html'), sw: inDemo('src/offline/sw.ts')},
      output: {entryFileNames: chunk => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js')},
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/config.json', '/channels', '/manifests', '/blobs', '/v1', '/report'].map(path => [path, server]),
    ),
  },
});
