import {join} from 'node:path';
import {build} from 'vite';
import {inRoot} from '../../../scripts/paths.mjs';

/**
 * Builds the pages that are put under faults, as an app's own build would.
 *
 * @param {string} outDir
 * @param {readonly string[]} pages by their file's name
 */
export async function buildSite(outDir, pages = ['lab', 'probe']) {
  const root = inRoot('e2e', 'faults', 'page');
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    worker: {format: 'es'},
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      modulePreload: {polyfill: false},
      rolldownOptions: {input: pages.map(page => join(root, `${page}.html`))},
    },
  });
}
