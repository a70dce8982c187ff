import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {brotliCompressSync, constants} from 'node:zlib';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import {rollup} from 'rollup';
import {inRoot} from '../../scripts/paths.mjs';

const folder = inRoot('packages', 'client', 'dist');
const peers = [/^onnxruntime-/, /^@tensorflow\//];

/**
 * Brotli bytes: 12 000 for the page's entry and 12 000 for the worker, 3000 for a runtime's adapter. The worker's files hold
 * the ONNX adapter too.
 *
 * @param {string} entry file in dist
 */
function budgetOf(entry) {
  if (entry === 'index.js') return 12_000;
  // Fetched after the entry, and only where there is a collector.
  if (entry === 'telemetry.js') return 6000;
  return entry.includes('worker') ? 15_000 : 3000;
}

/** What a page downloads: the entry, bundled and minified as an app's bundler does it, its peers outside. @param {string} file */
async function bundle(file) {
  const bundled = await rollup({input: file, external: peers, plugins: [nodeResolve({browser: true})], onLog: failOn});
  const {output} = await bundled.generate({format: 'es', plugins: [terser({module: true, ecma: 2020})]});
  await bundled.close();
  // What the entry fetches later is a row of its own.
  const loaded = output.filter(part => part.type === 'chunk' && !part.isDynamicEntry);
  return loaded.reduce((sum, chunk) => sum + brotli(chunk.type === 'chunk' ? chunk.code : ''), 0);
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

/** @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows() {
  const entries = readdirSync(folder).filter(name => name.endsWith('.js'));
  const result = [];
  for (const entry of entries) {
    refuseFullZod(entry);
    const bytes = await bundle(join(folder, entry));
    const budget = budgetOf(entry);
    const what = `@kedge/client ${basename(entry, '.js')}, kB brotli`;
    const rest = {peer: null, ratio: null, budget: `≤ ${budget / 1000} kB`, holds: bytes <= budget};
    result.push({name: 'size', what, ours: bytes / 1000, ...rest});
  }
  return result;
}
