import {fileURLToPath} from 'node:url';
import {build} from 'vite';

/** Builds the page on which tests call the client themselves, as an app's own build would. */
export async function buildPages(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL('../pages', import.meta.url)),
    base: '/e2e/',
    logLevel: 'error',
    worker: {format: 'es'},
    // As in the demo: the server's content security policy refuses data: addresses and inline scripts.
    build: {outDir, target: 'es2023', assetsInlineLimit: 0, modulePreload: {polyfill: false}},
  });
}
