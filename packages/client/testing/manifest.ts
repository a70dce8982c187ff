import type {Artifact, Chunk, Manifest} from '@kedge/core';

export const digestOf = (n: number) => n.toString(16).padStart(64, '0');

/** Chunks by their numbers; each is `chunkBytes` long. */
export const chunkBytes = 3;
export const chunksNamed = (numbers: readonly number[]): Chunk[] =>
  numbers.map(n => ({sha256: digestOf(n), bytes: chunkBytes}));

export function artifactOf(path: string, numbers: readonly number[]): Artifact {
  return {path, sha256: digestOf(99), bytes: chunkBytes * numbers.length, chunks: chunksNamed(numbers)};
}

/** A whole manifest of one artifact with these chunks. */
export function testManifest(version: string, chunks: readonly number[], change: Partial<Manifest> = {}): Manifest {
  const tensor = {name: 'x', dtype: 'float32' as const, shape: ['batch', 1]};
  return {
    schema: 'kedge.manifest/1',
    model: 'digits',
    version,
    task: 'regression',
    format: 'onnx',
    entry: 'm',
    artifacts: [artifactOf('m', chunks)],
    inputs: [tensor],
    outputs: [tensor],
    golden: [],
    runtime: {package: 'p', version: '1.0.0'},
    ...change,
  };
}
