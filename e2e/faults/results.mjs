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
 * What a run found in place of what was known, in the order of the table; what the table has no more goes.
 *
 * @template T
 * @param {readonly T[]} known
 * @param {readonly T[]} found
 * @param {readonly string[]} order
 * @param {(one: T) => string} keyOf
 * @returns {T[]}
 */
export function merged(known, found, order, keyOf) {
  const byKey = new Map([...known, ...found].map(one => [keyOf(one), one]));
  return order.flatMap(key => byKey.get(key) ?? []);
}

/** @typedef {Omit<PeerResult, 'visits'>} KeptPeer */

/** What was measured is noise from one run to the next; what it came to is not. @param {PeerResult} result @returns {KeptPeer} */
const keptPeer = ({fault, what, peer, under, after, heals}) => ({fault, what, peer, under, after, heals});

/** @param {{fault: string, peer: string}} one */
export const peerKey = ({fault, peer}) => `${fault} ${peer}`;

/**
 * Keeps what a run found, for the page. A run of some rows replaces those rows; rows that are no more go.
 *
 * @param {import('./run.mjs').Results} results
 * @param {{rows: readonly {name: string}[], peers: readonly {fault: string, peer: string}[]}} all every row there is
 */
export function keepResults({engines, peers}, all) {
  const names = all.rows.map(({name}) => name);
  for (const result of engines) {
    const rows = merged(keptEngine(result.engine)?.rows ?? [], result.rows, names, ({name}) => name);
    write(result.engine, {...now(), ...result, rows});
  }
  if (peers.length === 0) return;
  const found = peers.map(keptPeer);
  write('peers', {...now(), peers: merged(keptPeers()?.peers ?? [], found, all.peers.map(peerKey), peerKey)});
}

/** @param {string} name @returns {any} undefined where there was no run yet */
function read(name) {
  const file = `${folder}/${name}.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** @param {string} engine @returns {(EngineResult & When) | undefined} */
export const keptEngine = engine => read(engine);

/** @returns {({peers: KeptPeer[]} & When) | undefined} */
export const keptPeers = () => read('peers');
