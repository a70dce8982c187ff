import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {serve} from '@kedge/cli';
import {build} from 'vite';
import {inRoot} from '../../scripts/paths.mjs';
import {armOf, takes} from './arms.mjs';
import {cases} from './cases/index.mjs';
import {drive} from './drive.mjs';
import {reference} from './reference.mjs';
import {publish} from './registry.mjs';
import {functionsOf} from './trimmed.mjs';

/**
 * @typedef {import('./drive.mjs').Result} Result
 *
 * @typedef {object} Wanted
 * @property {readonly string[]} only parts of names; empty for all
 * @property {readonly [part: number, parts: number]} part of those, from 1
 */

/**
 * Runs every case through the client on each provider.
 *
 * @param {Wanted & {folder: string, providers: readonly string[], tell: (line: string) => void}} options
 * @returns {Promise<Result[]>}
 */
export async function runNumeric({folder, providers, tell, ...asked}) {
  const wanted = wantedOf(providers, asked);
  const trimmed = providers.filter(provider => armOf(provider).trimmed);
  const functions = await functionsOf(wanted.filter(one => trimmed.some(provider => takes(provider, one))));
  const all = [];
  for (const one of wanted) all.push({one, expected: await reference(one), functions: functions.get(one.name)});
  const [registry, site] = [join(folder, 'registry'), join(folder, 'site')];
  const publicKey = await publish(registry, all, {now: new Date()});
  await buildPage(join(site, 'numeric'));
  writeFixtures(
    join(site, 'numeric'),
    registry,
    wanted.map(({name}) => ({name, functions: functions.get(name)})),
    publicKey,
  );
  /** @type {Result[]} */
  const results = [];
  for (const provider of providers) {
    const names = wanted.filter(one => takes(provider, one)).map(({name}) => name);
    if (names.length === 0) continue;
    const told = (/** @type {Result} */ {name, answer}, /** @type {number} */ done) =>
      tell(`${provider} ${done}/${names.length} ${name}: ${inWords(answer)}`);
    const isolate = armOf(provider).isolated ?? false;
    const server = await serve({registry, data: join(folder, 'data'), site, port: 0, isolate});
    try {
      results.push(...(await drive(`${server.url}/numeric/`, names, provider, told)));
    } finally {
      await server.close();
    }
  }
  return results;
}

/** @param {readonly string[]} providers @param {Wanted} asked */
function wantedOf(providers, {only, part: [part, parts]}) {
  const taken = cases.filter(one => providers.some(provider => takes(provider, one)));
  const named = taken.filter(({name}) => only.length === 0 || only.some(some => name.includes(some)));
  const edge = (/** @type {number} */ i) => Math.round((i * named.length) / parts);
  const wanted = named.slice(edge(part - 1), edge(part));
  if (wanted.length === 0) throw new Error(`no case ${only.join(' or ')} in part ${part} of ${parts}`);
  return wanted;
}

/** @param {Result['answer']} answer */
function inWords(answer) {
  if ('lost' in answer) return answer.lost;
  const {difference} = answer;
  if ('code' in difference) return `${difference.code}: ${difference.message}`;
  return difference.wrong ?? `right, ${difference.absolute.toPrecision(2)}`;
}

/** What the page needs besides the registry: keys, and where each model's example lies. @param {string} folder @param {string} registry @param {readonly {name: string, functions: string | undefined}[]} wanted @param {object} publicKey */
function writeFixtures(folder, registry, wanted, publicKey) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({trustedKeys: [publicKey]}));
  const {payload} = JSON.parse(readFileSync(join(registry, 'channels', 'checked.json'), 'utf8'));
  const {models} = JSON.parse(Buffer.from(payload, 'base64').toString());
  mkdirSync(join(folder, 'golden'), {recursive: true});
  for (const {name, functions} of wanted) {
    const address = models[name].versions['1.0.0'].manifest;
    const {golden, artifacts} = JSON.parse(readFileSync(join(registry, 'manifests', `${address}.json`), 'utf8'));
    const blob = artifacts.find((/** @type {{path: string}} */ {path}) => path === 'golden.bin').sha256;
    writeFileSync(join(folder, 'golden', `${name}.json`), JSON.stringify({entry: golden[0], blob, functions}));
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
