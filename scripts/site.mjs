import {cpSync, existsSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {npm} from './setup.mjs';
import {inRoot} from './paths.mjs';
import {whenChanged} from './stamp.mjs';

const built = inRoot('demo', 'dist');

/** Builds the demo page when it, the packages or the lockfile changed. */
export async function buildDemo() {
  const inputs = ['demo', 'packages', 'package-lock.json', 'rollup.config.mjs'];
  await whenChanged('demo', {inputs, outputs: ['demo/dist/index.html']}, async () => {
    console.log('start: building the demo page');
    await npm(['run', 'build', '--silent', '-w', 'demo']);
  });
}

/**
 * Writes the built page into a folder of its own, with what it must know about its server in `config.json`.
 *
 * Addresses are taken from the page, so the same folder works under any host and port.
 *
 * @param {string} folder replaced
 * @param {{channel: string, trustedKeys: readonly import('@kedge/core').Jwk[], writeKey: string}} config
 */
export function writeSite(folder, {channel, trustedKeys, writeKey}) {
  if (!existsSync(built)) throw new Error('the demo page is not built; run: npm run build -w demo');
  rmSync(folder, {recursive: true, force: true});
  // Times are kept: the server's ETags follow from them, and a browser need not fetch anew what did not change.
  cpSync(built, folder, {recursive: true, preserveTimestamps: true});
  const config = {registry: '/registry', channel, trustedKeys, collector: {url: '/', writeKey}};
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
