import {expect, test} from 'vitest';
import {blobOf, noise} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import {readArtifact} from '../install/assemble.js';

const {current} = useStore();
const chunkBytes = 1000;

/** A file whose chunks are stored. */
async function stored(chunks = 3) {
  const bytes = noise(chunks * chunkBytes);
  const blob = await blobOf(bytes, chunkBytes);
  await current().putChunks(
    blob.chunks.map(({sha256}, i) => ({sha256, data: bytes.slice(i * chunkBytes, (i + 1) * chunkBytes)})),
  );
  return {artifact: {path: 'model.onnx', ...blob}, digests: blob.chunks.map(({sha256}) => sha256)};
}

test('a manifest that says another length of a chunk that is right takes it from nobody', async () => {
  const {artifact, digests} = await stored();
  const [chunk] = artifact.chunks;
  const contradicting = {...artifact, bytes: chunkBytes + 1, chunks: [{...chunk!, bytes: chunkBytes + 1}]};
  await expect(readArtifact(contradicting, current())).rejects.toMatchObject({
    code: 'manifest_invalid',
    message: expect.stringContaining(digests[0]!) as string,
  });
  expect((await current().hasChunks(digests)).size).toBe(3);
  expect((await readArtifact(artifact, current())).length).toBe(3 * chunkBytes);
});

test('content that comes twice and is gone is one chunk less', async () => {
  const {artifact, digests} = await stored(1);
  await current().dropChunks(digests);
  const twice = {...artifact, bytes: 2 * chunkBytes, chunks: [...artifact.chunks, ...artifact.chunks]};
  await expect(readArtifact(twice, current())).rejects.toThrow('model.onnx: 1 stored chunks are gone');
});
