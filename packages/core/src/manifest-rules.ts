import {dtypeBytes} from './dtype.js';
import type {Artifact, Chunk, Histogram, Manifest, TensorSlice} from './manifest.js';
import {areDistinct, type RuleSet} from './rules.js';

export interface RuledInManifest {
  artifact: Artifact;
  slice: TensorSlice;
  histogram: Histogram;
  manifest: Manifest;
  bounds: readonly [number, number];
}

/** Eight times what the usual 512 KiB make of `maxBytes`: more is refused before any of it is looked up or stored. */
const maxAllChunks = 65_536;

/** Where an ArrayBuffer of some browsers and the memory of every WebAssembly runtime end: 4 GiB. */
const maxBytes = 2 ** 32;

/** Content may come twice; then it must be the same everywhere. */
function isConsistent(contents: readonly Chunk[]): boolean {
  const bytesOf = new Map(contents.map(({sha256, bytes}) => [sha256, bytes]));
  return contents.every(({sha256, bytes}) => bytesOf.get(sha256) === bytes);
}

const sumOf = (sizes: readonly {bytes: number}[]) => sizes.reduce((sum, {bytes}) => sum + bytes, 0);

const addsUp = ({chunks, bytes}: {chunks: readonly Chunk[]; bytes: number}) => sumOf(chunks) === bytes;

/** Every blob that a version may ask for. */
const blobsOf = ({artifacts, patches = [], runtime: {files = []}}: Manifest) => [artifacts, patches, files].flat();

/** Whether each path is one file's, and no folder's. Two that differ in case only are two: a device keeps chunks, and no files. */
function areFiles(paths: readonly string[]): boolean {
  // What is in a folder comes right behind it.
  const sorted = paths.map(path => `${path}/`.replaceAll('/', '\0')).sort();
  return sorted.every((path, i) => i === 0 || !path.startsWith(sorted[i - 1]!));
}

function areInside(groups: readonly Record<string, TensorSlice>[], artifacts: readonly Artifact[]): boolean {
  const bytesOf = new Map(artifacts.map(({path, bytes}) => [path, bytes]));
  return groups.every(slices =>
    Object.values(slices).every(({artifact, offset, bytes}) => offset + bytes <= (bytesOf.get(artifact) ?? -1)),
  );
}

const hasEach = (tensors: Record<string, TensorSlice>, specs: Manifest['inputs']) =>
  specs.every(({name}) => Object.hasOwn(tensors, name));

/** Every rule of a manifest, by the name of the schema that it belongs to. */
export const manifestRules: RuleSet<RuledInManifest> = {
  artifact: [
    {
      error: 'chunks do not add up to bytes',
      path: ['chunks'],
      test: addsUp,
    },
  ],
  slice: [
    {
      error: 'bytes are not what dtype and shape take',
      path: ['bytes'],
      test: ({bytes, dtype, shape}) => bytes === shape.reduce((size, dim) => size * dim, dtypeBytes[dtype]),
    },
  ],
  histogram: [
    {
      error: 'expected one count fewer than edges',
      path: ['counts'],
      test: ({edges, counts}) => counts.length === edges.length - 1,
    },
    {
      error: 'expected ascending edges',
      path: ['edges'],
      test: ({edges}) => edges.every((edge, i) => i === 0 || edge >= edges[i - 1]!),
    },
  ],
  manifest: [
    {
      error: 'entry is not among the artifacts',
      path: ['entry'],
      test: ({artifacts, entry}) => artifacts.some(({path}) => path === entry),
    },
    {
      error: 'two artifacts have the same path, or one is the folder of another',
      path: ['artifacts'],
      test: ({artifacts}) => areFiles(artifacts.map(({path}) => path)),
    },
    {
      error: `expected at most ${maxAllChunks} chunks in artifacts, patches and runtime files together`,
      path: ['artifacts'],
      test: manifest => blobsOf(manifest).reduce((sum, {chunks}) => sum + chunks.length, 0) <= maxAllChunks,
    },
    {
      error: `expected at most ${maxBytes} bytes in artifacts, runtime files and each patch: ArrayBuffers and WebAssembly end at 4 GiB`,
      path: ['artifacts'],
      test: ({artifacts, patches = [], runtime: {files = []}}) =>
        [artifacts, files, ...patches.map(patch => [patch])].every(blobs => sumOf(blobs) <= maxBytes),
    },
    {
      error: 'two blobs or chunks have the same sha256 but not the same bytes',
      path: [],
      test: manifest => isConsistent(blobsOf(manifest).flatMap(blob => [blob, ...blob.chunks])),
    },
    {
      error: 'a patch makes an artifact that the version does not have, or its chunks are not its bytes',
      path: ['patches'],
      test: ({patches = [], artifacts}) => {
        const paths = new Set(artifacts.map(({path}) => path));
        return patches.every(patch => paths.has(patch.artifact) && addsUp(patch));
      },
    },
    {
      error: 'two runtime files have the same path',
      path: ['runtime', 'files'],
      test: ({runtime: {files = []}}) => areDistinct(files.map(({path}) => path)),
    },
    {
      error: 'two inputs have the same name',
      path: ['inputs'],
      test: ({inputs}) => areDistinct(inputs.map(({name}) => name)),
    },
    {
      error: 'two outputs have the same name',
      path: ['outputs'],
      test: ({outputs}) => areDistinct(outputs.map(({name}) => name)),
    },
    {
      error: 'a golden tensor lies outside the artifacts',
      path: ['golden'],
      test: ({golden, artifacts}) => golden.every(({inputs, outputs}) => areInside([inputs, outputs], artifacts)),
    },
    {
      // What a device does not compare it takes for right.
      error: 'a golden example leaves out an input or an output of the version',
      path: ['golden'],
      test: ({golden, inputs, outputs}) =>
        golden.every(example => hasEach(example.inputs, inputs) && hasEach(example.outputs, outputs)),
    },
  ],
  bounds: [{error: 'expected the lower bound first', path: [], test: ([low, high]) => low <= high}],
};
