import {fileURLToPath} from 'node:url';
import {nodeResolve} from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';

// What `tsc -b` wrote to build/, as the files that an app or its bundler loads. Core, comlink and idb go in; the
// runtimes are the app's own (peers), resolved by its bundler inside the worker.
const client = 'packages/client';
const peers = [/^onnxruntime-web/, /^@tensorflow\//];
// A row of its own that the page's entry fetches when it needs it.
const later = fileURLToPath(new URL('packages/client/build/telemetry.js', import.meta.url));

/** name of the file in dist, its entry in build */
const rows = [
  ['index', 'index'],
  ['telemetry', 'telemetry'],
  ['onnx', 'onnx/index'],
  ['onnx-worker', 'onnx/worker'],
  ['worker', 'worker/index'],
  ['runtime', 'runtime/index'],
];

export default rows.map(([name, entry]) => ({
  input: `${client}/build/${entry}.js`,
  output: {file: `${client}/dist/${name}.js`, format: 'es', sourcemap: true, paths: {[later]: './telemetry.js'}},
  external: name === 'telemetry' ? peers : [...peers, later],
  plugins: [
    nodeResolve({browser: true}),
    // Names stay readable in stack traces; the app's own build minifies once more.
    terser({module: true, compress: {passes: 2}, format: {comments: false}}),
  ],
  treeshake: {moduleSideEffects: id => /onnx\/worker\.js$/.test(id)},
  onwarn(warning, warn) {
    if (warning.code === 'UNRESOLVED_IMPORT') throw new Error(warning.message);
    // A library's own circles and comments are not ours to mend.
    const theirs = ['INVALID_ANNOTATION', 'CIRCULAR_DEPENDENCY'].includes(warning.code ?? '');
    if (!theirs) warn(warning);
  },
}));
