import {fileURLToPath} from 'node:url';
import {nodeResolve} from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';

// What `tsc -b` wrote to build/, as the files that an app or its bundler loads. Core, comlink and idb go in; the
// runtimes are the app's own (peers), resolved by its bundler inside the worker.
const client = 'packages/client';
const peers = [/^onnxruntime-web/, /^@tensorflow\//];
// Rows of their own that others import: the tfjs worker always, the rest when it is needed.
const later = [
  'telemetry',
  'install',
  'binary',
  'manifest',
  'storage',
  'packed',
  'removing',
  'packing',
  'patches',
  'lease',
  'room',
  'report',
  'image',
  'trim',
  'healing',
  'mending',
  'choice',
  'noted',
  'explain',
  'control',
  'spare',
  'stream',
  'many',
  'breaker',
  'cut-off',
  'device',
  'golden',
  'trying',
  'gpu',
  'misuse',
  'tfjs-model',
];
const shared = {...Object.fromEntries(later.map(name => [name, `./${name}.js`])), 'tfjs/serve': './tfjs-serve.js'};
const paths = Object.fromEntries(
  Object.entries(shared).map(([entry, file]) => [
    fileURLToPath(new URL(`${client}/build/${entry}.js`, import.meta.url)),
    file,
  ]),
);

/** name of the file in dist, its entry in build */
const rows = [
  ['index', 'index'],
  ...later.map(name => [name, name]),
  ['onnx', 'onnx/index'],
  ['onnx-worker', 'onnx/worker'],
  ['tfjs', 'tfjs/index'],
  ['tfjs-worker', 'tfjs/worker'],
  ['tfjs-serve', 'tfjs/serve'],
  ['worker', 'worker/index'],
  ['runtime', 'runtime/index'],
];

/**
 * The last part of idb makes stores and cursors iterable, which nothing here does; it takes effect as it is loaded, so no bundler
 * can leave it out. 200 bytes of each worker, compressed.
 */
const idbWithoutIteration = {
  name: 'idb-without-iteration',
  transform(code, id) {
    if (!/[\\/]idb[\\/]build[\\/]index\.js$/.test(id)) return null;
    const [before, iteration, end, ...more] = code.split(/^(?=const advanceMethodProps|export \{)/m);
    if (!iteration?.includes('function* iterate') || !end || more.length > 0)
      this.error(
        `${id} is not as it was: see which part of it makes cursors iterable, and whether that can be left out`,
      );
    return {code: before + end, map: null};
  },
};

/**
 * Of comlink the page takes the half that calls, the worker the half that answers; each half holds the other for callbacks that
 * go over the wire as proxies, of which there are none here. 400 bytes of each, compressed.
 */
const comlinkWithoutCallbacks = {
  name: 'comlink-without-callbacks',
  transform(code, id) {
    if (!/[\\/]comlink[\\/]dist[\\/]esm[\\/]comlink\.mjs$/.test(id)) return null;
    const [before, after, ...more] = code.split('["proxy", proxyTransferHandler],');
    if (after === undefined || more.length > 0)
      this.error(`${id} is not as it was: see how it hands callbacks on, and whether that can be left out`);
    return {code: before + after, map: null};
  },
};

const browser = rows.map(([name, entry]) => ({
  input: `${client}/build/${entry}.js`,
  output: {file: `${client}/dist/${name}.js`, format: 'es', sourcemap: true, paths},
  external: [...peers, ...Object.keys(paths).filter(path => !path.endsWith(`/build/${entry}.js`))],
  plugins: [
    nodeResolve({browser: true}),
    idbWithoutIteration,
    comlinkWithoutCallbacks,
    // Names stay readable in stack traces; the app's own build minifies once more.
    terser({module: true, compress: {passes: 2}, format: {comments: false}}),
  ],
  treeshake: {moduleSideEffects: id => /(onnx|tfjs)\/worker\.js$/.test(id)},
  onwarn,
}));

// Outside of browsers nobody counts files: what several need is one of its own.
const outside = (folder, entries) => ({
  input: entries.map(name => `${client}/build/${folder}/${name}.js`),
  output: {dir: `${client}/dist/${folder}`, format: 'es', sourcemap: true, chunkFileNames: '[name].js'},
  external: [...peers, /^onnxruntime-node/, /^node:/],
  plugins: [nodeResolve()],
  treeshake: {moduleSideEffects: id => /node\/(web-)?worker\.js$/.test(id)},
  onwarn,
});

export default [...browser, outside('node', ['index', 'worker', 'web-worker']), outside('edge', ['index'])];

function onwarn(warning, warn) {
  if (warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
  // A library's own circles and comments are not ours to mend.
  const theirs = ['INVALID_ANNOTATION', 'CIRCULAR_DEPENDENCY'].includes(warning.code ?? '');
  if (!theirs) warn(warning);
}
