import {createKedge} from '@kedge/client';

/** @type {import('@kedge/client').Kedge} */
let kedge;

/** Everything but the model: client, worker, store and release. @param {any} config */
async function prepare(config) {
  const createWorker = () => new Worker(new URL('./install-worker.js', import.meta.url), {type: 'module'});
  const runtimes = [{name: 'none', formats: ['onnx'], providers: ['wasm'], createWorker}];
  kedge = await createKedge({...config, runtimes, unitId: 'bench', releaseWaitMs: 30_000});
}

/** Milliseconds until the version is verified and stored, and the runtime is about to load it. @param {string} name */
async function install(name) {
  const started = performance.now();
  const stored = new Promise((resolve, reject) => {
    kedge
      .model(name, {onProgress: ({state}) => state === 'starting' && resolve(undefined), baseline: () => ({})})
      .then(({served}) => resolve(served.reason), reject);
  });
  const failed = await stored;
  const ms = performance.now() - started;
  if (failed) throw new Error(`${name} ended with ${failed}`);
  const {kind, versions} = await kedge.storage();
  return {ms, kind, stored: versions.map(({version, state}) => `${version} ${state}`)};
}

/** The peer: the same bytes, all files at once, neither verified nor kept. @param {string[]} urls */
async function plainFetch(urls) {
  const started = performance.now();
  const answers = urls.map(async url => (await fetch(url, {cache: 'no-store'})).arrayBuffer());
  const sizes = (await Promise.all(answers)).map(({byteLength}) => byteLength);
  return {ms: performance.now() - started, byteLength: sizes.reduce((sum, bytes) => sum + bytes, 0)};
}

Object.assign(globalThis, {prepare, install, plainFetch});
