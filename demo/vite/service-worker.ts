import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join, relative, sep} from 'node:path';
import type {Plugin, ResolvedConfig} from 'vite';
import {cachePrefix, fromCacheHeader, type OfflinePlan} from '../src/offline/plan.js';

/** Too big to fetch before anybody needs them, of one arm only, or of a GPU; the service worker keeps them once they were fetched. */
const onUse = /\.(wasm|bin)$|\/(tfjs-|ort\.)[^/]*$/;
const worker = 'sw.js';

interface BuiltFile {
  path: string;
  bytes: number;
  sha256: string;
}

function builtFiles(folder: string): BuiltFile[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile() && entry.name !== worker && !entry.name.endsWith('.map'))
    .map(entry => join(entry.parentPath, entry.name))
    .map(file => ({
      path: `/${relative(folder, file).split(sep).join('/')}`,
      bytes: statSync(file).size,
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Fills the list of built files into `sw.js` after everything is on disk, workers and their WebAssembly included. The
 * cache is named after their content, so that a changed file makes a new cache.
 */
export function serviceWorkerPlugin(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'kedge-demo-service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle: {
      order: 'post',
      handler({dir = join(config.root, config.build.outDir)}) {
        const files = builtFiles(dir);
        const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 12);
        const plan: OfflinePlan = {
          cachePrefix,
          fromCacheHeader,
          cacheName: cachePrefix + version,
          precache: files.filter(({path}) => !onUse.test(path)).map(({path}) => (path === '/index.html' ? '/' : path)),
          onUse: files.filter(({path}) => onUse.test(path)).map(({path, bytes}) => ({path, bytes})),
        };
        const file = join(dir, worker);
        const code = readFileSync(file, 'utf8');
        if (!code.includes('__OFFLINE_PLAN__')) throw new Error(`${file} does not ask for __OFFLINE_PLAN__`);
        writeFileSync(
          file,
          code.replace('__OFFLINE_PLAN__', () => JSON.stringify(plan)),
        );
      },
    },
  };
}
