import {createHash} from 'node:crypto';
import {check} from '../world/check.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('../world/world.mjs').World} World */

const [old, next] = ['table@1.0.0', 'table@2.0.0'];
const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest('hex');

/**
 * A release, signed and all, names a manifest that can't be: refused before anything is fetched or stored for it.
 *
 * @param {string} name
 * @param {string} what
 * @param {(manifest: any, artifact: any) => unknown} change changes the manifest of 2.0.0, or returns another one
 * @returns {Row}
 */
function hostile(name, what, change) {
  return {
    name,
    what,
    async run(world) {
      await world.install(old);
      const before = await world.stored();
      const manifest = structuredClone(world.version(next).manifest);
      const changed = change(manifest, manifest.artifacts[0]);
      await world.publishManifest(typeof changed === 'string' ? changed : JSON.stringify(manifest), [old]);
      const {visit, stored} = await world.suffer({source: 'previous', version: '1.0.0', reason: 'manifest_invalid'});
      check(visit.sent === 0, `${visit.sent} bytes of blobs were fetched for it`);
      check(stored.chunks.length === before.chunks.length, 'storage was spent on it');
      await world.publish([next, old]);
      await world.heals(next);
    },
  };
}

/** @param {string} path @returns {(manifest: any, artifact: any) => void} */
const withPath = path => (manifest, artifact) => {
  artifact.path = manifest.entry = path;
};

/** @param {number} count */
const manyChunks = count => Array.from({length: count}, (_, i) => ({sha256: digest(String(i)), bytes: 1}));

/** @type {readonly Row[]} */
export const manifestRows = [
  hostile('manifest-million-chunks', 'a million chunks', (_, artifact) => {
    artifact.chunks = manyChunks(1_000_000);
    artifact.bytes = 1_000_000;
  }),
  hostile(
    'manifest-70000-chunks',
    'more chunks than an artifact may have, in a manifest that is not too long',
    (_, artifact) => {
      artifact.chunks = manyChunks(70_000);
      artifact.bytes = 70_000;
    },
  ),
  hostile('manifest-gap', 'chunks that leave a gap', (_, artifact) => void artifact.chunks.splice(1, 1)),
  hostile(
    'manifest-overlap',
    'chunks that are more than the file',
    (_, artifact) => void artifact.chunks.push(artifact.chunks[0]),
  ),
  hostile('manifest-digest-of-two-sizes', 'one digest, and two sizes under it', (_, artifact) => {
    artifact.chunks[1].sha256 = artifact.chunks[0].sha256;
  }),
  hostile(
    'manifest-two-sizes-across-files',
    'a chunk of one file, one byte longer in another',
    (manifest, artifact) => {
      const chunk = artifact.chunks.at(-1);
      const bytes = chunk.bytes + 1;
      manifest.artifacts.push({path: 'extra.bin', sha256: artifact.sha256, bytes, chunks: [{...chunk, bytes}]});
    },
  ),
  hostile('manifest-32-GiB-of-one-chunk', 'a model of 32 GiB, made of one chunk of 16 MiB', (_, artifact) => {
    artifact.chunks = Array.from({length: 2048}, () => ({sha256: digest('zeros'), bytes: 2 ** 24}));
    artifact.bytes = 2048 * 2 ** 24;
  }),
  hostile('manifest-file-and-folder', 'a file under the path of another', (manifest, artifact) => {
    manifest.artifacts.push({...artifact, path: `${artifact.path}/weights.bin`});
  }),
  hostile('manifest-negative-chunk', 'a chunk of minus one byte', (_, artifact) => {
    artifact.chunks[0].bytes = -1;
  }),
  hostile('manifest-huge-chunk', 'a chunk of a petabyte', (_, artifact) => {
    artifact.chunks = [{...artifact.chunks[0], bytes: 2 ** 50}];
    artifact.bytes = 2 ** 50;
  }),
  hostile('manifest-negative-size', 'a file of minus one byte', (_, artifact) => {
    artifact.bytes = -1;
  }),
  hostile('manifest-size-not-a-number', 'a size that is text', (_, artifact) => {
    artifact.bytes = '3000000';
  }),
  hostile('manifest-path-parent', 'a path that leaves its folder', withPath('../model.onnx')),
  hostile('manifest-path-inside', 'the same in the middle of a path', withPath('a/../../model.onnx')),
  hostile('manifest-path-absolute', 'a path from the top', withPath('/model.onnx')),
  hostile('manifest-path-backslash', 'a path of another system', withPath('..\\model.onnx')),
  hostile('manifest-path-url', 'an address for a path', withPath('https://elsewhere.example/model.onnx')),
  hostile(
    'manifest-same-path-twice',
    'two files under one path',
    manifest => void manifest.artifacts.push(manifest.artifacts[0]),
  ),
  hostile('manifest-digest-is-a-path', 'a digest that would be another address', (_, artifact) => {
    artifact.sha256 = '../channels/prod.json';
  }),
  hostile('manifest-no-entry', 'the file that the runtime loads is not among its files', manifest => {
    manifest.entry = 'other.onnx';
  }),
  hostile('manifest-golden-outside', 'a golden tensor beyond the end of its file', manifest => {
    Object.values(manifest.golden[0].inputs).forEach((/** @type {any} */ slice) => (slice.offset = 1e9));
  }),
  hostile('manifest-not-json', 'no JSON at all', () => 'not json'),
  hostile('manifest-17-MB', 'seventeen megabytes of spaces', manifest => JSON.stringify(manifest) + ' '.repeat(17e6)),
  {
    name: 'manifest-other-size-than-before',
    what: 'a chunk of the version that serves, one byte longer in a file of the new one',
    async run(world) {
      await world.install(old);
      const [chunk] = world.version(old).manifest.artifacts[0]?.chunks ?? [];
      if (!chunk) throw new Error(`${old} has no chunks`);
      const {sha256} = chunk;
      const bytes = chunk.bytes + 1;
      const manifest = structuredClone(world.version(next).manifest);
      manifest.artifacts.push({path: 'extra.bin', sha256: digest('extra'), bytes, chunks: [{sha256, bytes}]});
      await world.publishManifest(JSON.stringify(manifest), [old]);
      for (let visits = 0; visits < 2; visits++) {
        const {stored} = await world.suffer({source: 'previous', version: '1.0.0', reason: 'manifest_invalid'});
        check(
          stored.chunks.some(({name}) => name === sha256),
          'the chunk of the version that serves is gone',
        );
      }
      await world.publish([next, old]);
      await world.heals(next);
    },
  },
  {
    name: 'duplicate-chunks',
    what: 'a model whose chunks are all the same: allowed, and right',
    async run(world) {
      await world.publish(['zeros@1.0.0']);
      const {visit} = await world.suffer({source: 'model', version: '1.0.0'});
      check(visit.sent <= world.version('zeros@1.0.0').bytes, 'more was fetched than the model has');
      await world.heals('zeros@1.0.0');
    },
  },
];
