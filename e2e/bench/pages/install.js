import {createKedge} from '@kedge/client';

/** @type {import('@kedge/client').Kedge} */
let kedge;

/** Everything but the model: client, worker, store and release. @param {any} config */
async function prepare(config) {
  const createWorker = () => new Worker(new URL('./install-worker.js', import.meta.url), {type: 'module'});
  const runtimes = [{name: 'none', formats: [], providers: [], createWorker}];
  kedge = await createKedge({...config, runtimes, unitId: 'bench', releaseWaitMs: 30_000});
}

/** Milliseconds until the version is verified and stored: a runtime that loads it is the next thing asked for. @param {string} name */
async function install(name) {
  const started = performance.now();
  const {served} = await kedge.model(name, {baseline: () => ({})});
  const ms = performance.now() - started;
  if (served.reason !== 'runtime_unavailable') throw new Error(`${name} ended with ${served.reason}`);
  const {kind, versions} = await kedge.storage();
  return {ms, kind, stored: versions.map(({version, state}) => `${version} ${state}`)};
}

/** The peer: the same bytes, neither verified nor kept. @param {string} url */
async function plainFetch(url) {
  const started = performance.now();
  const {byteLength} = await (await fetch(url, {cache: 'no-store'})).arrayBuffer();
  return {ms: performance.now() - started, byteLength};
}

Object.assign(globalThis, {prepare, install, plainFetch});
