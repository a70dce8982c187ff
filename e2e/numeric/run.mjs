import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {serve} from '@kedge/cli';
import {build} from 'vite';
import {inRoot} from '../../scripts/paths.mjs';
import {cases} from './cases/index.mjs';
import {drive} from './drive.mjs';
import {reference} from './reference.mjs';
import {publish} from './registry.mjs';

/** @typedef {import('./drive.mjs').Result} Result */

/**
 * Runs every case through the client on each provider.
 *
 * @param {{folder: string, providers: readonly ('wasm' | 'webgpu')[], only: readonly string[], tell: (line: string) => void}} options `only`: parts of names
 * @returns {Promise<Result[]>}
 */
export async function runNumeric({folder, providers, only, tell}) {
  const wanted = cases.filter(({name}) => only.length === 0 || only.some(part => name.includes(part)));
  if (wanted.length === 0) throw new Error(`no case is named ${only.join(' or ')}`);
  const all = [];
  for (const one of wanted) all.push({one, expected: await reference(one)});
  const [registry, site] = [join(folder, 'registry'), join(folder, 'site')];
  const publicKey = await publish(registry, all, {now: new Date()});
  await buildPage(join(site, 'numeric'));
  writeFixtures(
    join(site, 'numeric'),
    registry,
    wanted.map(({name}) => name),
    publicKey,
  );
  const server = await serve({registry, data: join(folder, 'data'), site, port: 0});
  try {
    /** @type {Result[]} */
    const results = [];
    for (const provider of providers) {
      const told = (/** @type {Result} */ {name, answer}, /** @type {number} */ done) =>
        tell(`${provider} ${done}/${wanted.length} ${name}: ${inWords(answer)}`);
      results.push(
        ...(await drive(
          `${server.url}/numeric/`,
          wanted.map(({name}) => name),
          provider,
          told,
        )),
      );
    }
    return results;
  } finally {
    await server.close();
  }
}

/** @param {Result['answer']} answer */
function inWords(answer) {
  if ('lost' in answer) return answer.lost;
  const {difference} = answer;
  if ('code' in difference) return `${difference.code}: ${difference.message}`;
  return difference.wrong ?? `right, ${difference.absolute.toPrecision(2)}`;
}

/** What the page needs besides the registry: keys, and where each model's example lies. @param {string} folder @param {string} registry @param {readonly string[]} names @param {object} publicKey */
function writeFixtures(folder, registry, names, publicKey) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({trustedKeys: [publicKey]}));
  const {payload} = JSON.parse(readFileSync(join(registry, 'channels', 'checked.json'), 'utf8'));
  const {models} = JSON.parse(Buffer.from(payload, 'base64').toString());
  mkdirSync(join(folder, 'golden'), {recursive: true});
  for (const name of names) {
    const address = models[name].versions['1.0.0'].manifest;
    const {golden, artifacts} = JSON.parse(readFileSync(join(registry, 'manifests', `${address}.json`), 'utf8'));
    const blob = artifacts.find((/** @type {{path: string}} */ {path}) => path === 'golden.bin').sha256;
    writeFileSync(join(folder, 'golden', `${name}.json`), JSON.stringify({entry: golden[0], blob}));
  }
}

/** @param {string} outDir */
async function buildPage(outDir) {
  await build({
    configFile: false,
    root: inRoot('e2e', 'numeric', 'page'),
    base: '/numeric/',
    logLevel: 'error',
    worker: {format: 'es'},
    // The server's content security policy refuses data: addresses and inline scripts.
    build: {outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: {polyfill: false}},
  });
}
