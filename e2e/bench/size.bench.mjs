import {readdirSync, readFileSync} from 'node:fs';
import {basename, isAbsolute, join} from 'node:path';
import {brotliCompressSync, constants} from 'node:zlib';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import {rollup} from 'rollup';
import {inRoot} from '../../scripts/paths.mjs';

const folder = inRoot('packages', 'client', 'dist');
const peers = [/^onnxruntime-/, /^@tensorflow\//];
/** What is there before a file is fetched that imports of it: rows of their own. @type {Record<string, RegExp[]>} */
const before = {
  'install.js': [/\/storage\.js$/],
  'room.js': [/\/storage\.js$/],
  'binary.js': [/\/(install|storage)\.js$/],
};

/**
 * Brotli bytes: 12 000 for the page's entry and 12 000 for the worker, 3000 for a runtime's adapter. The workers' files hold
 * one adapter too; `runtime.js`, for Node, holds both.
 *
 * @param {string} entry file in dist
 */
function budgetOf(entry) {
  if (entry === 'index.js') return 12_000;
  // Fetched after the entry, and only where there is a collector.
  if (entry === 'telemetry.js') return 6000;
  // Fetched by the worker where something of a version is missing.
  if (entry === 'install.js') return 7000;
  // Fetched by the worker where room is made, or something is removed.
  if (entry === 'storage.js') return 5000;
  // Fetched beside the first worker, whose runtime is a hundred times larger.
  if (entry === 'healing.js') return 5000;
  // Fetched at the first prediction, or in idle time before it.
  if (entry === 'control.js') return 5000;
  // Fetched by the worker in idle time, after a model of eight chunks or more was started.
  if (entry === 'packing.js') return 2000;
  // Fetched by the worker where that was done; the half of it is XXH64.
  if (entry === 'packed.js') return 4000;
  // Fetched in idle time where the app wants spare workers.
  if (entry === 'spare.js') return 2000;
  // Fetched where the app opens a stream.
  if (entry === 'stream.js') return 2000;
  if (entry === 'runtime.js') return 6000;
  return /worker|serve/.test(entry) ? 15_000 : 3000;
}

/** Each runtime's adapter, without the worker around it and what that has of core. @type {Record<string, readonly string[]>} */
const adapters = {onnx: ['onnx/runtime.js', 'onnx/web.js'], tfjs: ['tfjs/runtime.js', 'tfjs/web.js']};

/** What a page downloads: files, bundled and minified as an app's bundler does it, their peers outside. @param {readonly string[]} files @param {readonly RegExp[]} external */
async function bundle(files, external = peers) {
  const entry = files.map(file => `export * from ${JSON.stringify(file)};`).join('');
  const bundled = await rollup({
    input: 'entry',
    external: [...external],
    plugins: [virtual(entry), nodeResolve({browser: true})],
    onLog: failOn,
  });
  // Where this folder is must not count.
  const paths = (/** @type {string} */ id) => (isAbsolute(id) ? `./${basename(id)}` : id);
  const {output} = await bundled.generate({format: 'es', paths, plugins: [terser({module: true, ecma: 2020})]});
  await bundled.close();
  const chunks = output.filter(part => part.type === 'chunk');
  return loadedAtOnce(chunks).reduce((sum, {code}) => sum + brotli(code), 0);
}

/** What the entry fetches later is a row of its own, unless it is a file that the entry is made of too. @param {readonly import('rollup').OutputChunk[]} chunks */
function loadedAtOnce(chunks) {
  const loaded = new Set(chunks.filter(({isEntry, isDynamicEntry}) => isEntry && !isDynamicEntry));
  for (const {imports} of loaded) for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk);
  return [...loaded];
}

/** @param {string} code @returns {import('rollup').Plugin} */
function virtual(code) {
  return {
    name: 'virtual',
    resolveId: id => (id === 'entry' ? id : undefined),
    load: id => (id === 'entry' ? {code, moduleSideEffects: true} : undefined),
  };
}

/** An import that can't be resolved would be left out of the size. @param {string} level @param {{message: string}} log */
function failOn(level, log) {
  if (level === 'warn') throw new Error(log.message);
}

/** @param {string} code */
const brotli = code => brotliCompressSync(code, {params: {[constants.BROTLI_PARAM_QUALITY]: 11}}).length;

/** Schemas come from `zod/mini`; the whole of zod is as large as the rest of the client. What went into a file, its source map says. @param {string} entry */
function refuseFullZod(entry) {
  const {sources} = JSON.parse(readFileSync(join(folder, `${entry}.map`), 'utf8'));
  const full = sources.find((/** @type {string} */ path) => /[/\\]zod[/\\](v4[/\\]classic|v3)[/\\]/.test(path));
  if (full) throw new Error(`${entry} pulls in the whole of zod by ${full}; import from zod/mini`);
}

/** @param {string} what @param {number} bytes @param {number} budget @returns {import('../../scripts/bench.mjs').Row} */
function row(what, bytes, budget) {
  const rest = {peer: null, ratio: null, budget: `≤ ${budget / 1000} kB`, holds: bytes <= budget};
  return {name: 'size', what: `@kedge/client ${what}, kB brotli`, ours: bytes / 1000, ...rest};
}

/** @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows() {
  const entries = readdirSync(folder).filter(name => name.endsWith('.js'));
  const result = [];
  for (const entry of entries) {
    refuseFullZod(entry);
    result.push(
      row(
        basename(entry, '.js'),
        await bundle([join(folder, entry)], [...peers, ...(before[entry] ?? [])]),
        budgetOf(entry),
      ),
    );
  }
  for (const [name, files] of Object.entries(adapters)) {
    const bytes = await bundle(
      files.map(file => inRoot('packages', 'client', 'build', file)),
      [...peers, /^@kedge\/core$/],
    );
    result.push(row(`${name} adapter alone`, bytes, 3000));
  }
  return result;
}
