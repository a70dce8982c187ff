import {mkdirSync} from 'node:fs';
import {file, folder} from './fixtures.js';

/** A page as bundlers leave it: a script that starts a worker that fetches WebAssembly. */
export function testSite(place = folder): string {
  const site = place();
  mkdirSync(`${site}/assets`);
  file(site, 'index.html', '<!doctype html><title>Page</title><script type="module" src="/assets/app.js"></script>');
  file(`${site}/assets`, 'app.js', "new Worker(new URL('/assets/worker.js', import.meta.url), {type: 'module'});");
  file(`${site}/assets`, 'worker.js', "fetch(new URL('runtime.wasm', import.meta.url));");
  file(`${site}/assets`, 'runtime.wasm', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  return site;
}
