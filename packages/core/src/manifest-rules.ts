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

/** 32 GiB at the usual 512 KiB: more is refused before any of it is looked up or stored. */
const maxAllChunks = 65_536;

/** A chunk may come twice, as the same content does; then it must be the same everywhere. */
function isConsistent(chunks: readonly Chunk[]): boolean {
  const bytesOf = new Map(chunks.map(chunk => [chunk.sha256, chunk.bytes]));
  return chunks.every(chunk => bytesOf.get(chunk.sha256) === chunk.bytes);
}

const addsUp = ({chunks, bytes}: {chunks: readonly Chunk[]; bytes: number}) =>
  chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) === bytes;

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
    {
      error: 'two chunks have the same sha256 but not the same bytes',
      path: ['chunks'],
      test: ({chunks}) => isConsistent(chunks),
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
      error: 'two artifacts have the same path',
      path: ['artifacts'],
      test: ({artifacts}) => areDistinct(artifacts.map(({path}) => path)),
    },
    {
      error: `expected at most ${maxAllChunks} chunks in artifacts, patches and runtime files together`,
      path: ['artifacts'],
      test: ({artifacts, patches = [], runtime: {files = []}}) =>
        [artifacts, patches, files].flat().reduce((sum, {chunks}) => sum + chunks.length, 0) <= maxAllChunks,
    },
    {
      error: 'a patch makes an artifact that the version does not have, or its chunks are not its bytes',
      path: ['patches'],
      test: ({patches = [], artifacts}) => {
        const paths = new Set(artifacts.map(({path}) => path));
        return patches.every(patch => paths.has(patch.artifact) && addsUp(patch) && isConsistent(patch.chunks));
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
