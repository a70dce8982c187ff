import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {cpus, totalmem} from 'node:os';
import {inRoot} from '../../scripts/paths.mjs';

/** @typedef {import('./run.mjs').EngineResult} EngineResult */
/** @typedef {import('./peers/run-peers.mjs').PeerResult} PeerResult */

const folder = inRoot('e2e', 'faults', 'results');

/** @typedef {{date: string, machine: string}} When */

/** @returns {When} */
const now = () => ({
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
});

/** @param {string} name @param {unknown} value */
function write(name, value) {
  mkdirSync(folder, {recursive: true});
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(value, null, 1)}\n`);
}

/**
 * Keeps what a run found, for the page. A run of some rows replaces those rows; rows that are no more go.
 *
 * @param {import('./run.mjs').Results} results
 * @param {readonly {name: string}[]} order every row there is
 */
export function keepResults({engines, peers}, order) {
  for (const result of engines) {
    const known = new Map([...(keptEngine(result.engine)?.rows ?? []), ...result.rows].map(row => [row.name, row]));
    const rows = order.flatMap(({name}) => known.get(name) ?? []);
    write(result.engine, {...now(), ...result, rows});
  }
  // What was measured is noise from one run to the next; what it came to is not.
  if (peers.length > 0)
    write('peers', {
      ...now(),
      peers: peers.map(({fault, what, peer, under, after, heals}) => ({fault, what, peer, under, after, heals})),
    });
}

/** @param {string} name @returns {any} undefined where there was no run yet */
function read(name) {
  const file = `${folder}/${name}.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** @param {string} engine @returns {(EngineResult & When) | undefined} */
export const keptEngine = engine => read(engine);

/** @returns {({peers: Omit<PeerResult, 'visits'>[]} & When) | undefined} */
export const keptPeers = () => read('peers');
