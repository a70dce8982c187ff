import {bucketCount} from './assign/bucket.js';
import {dtypeBytes} from './dtype.js';
import type {Arm, BucketRange, Experiment} from './experiment.js';
import type {Artifact, Chunk, Histogram, Manifest, TensorSlice} from './manifest.js';
import type {Release, ReleasedModel} from './release.js';

/** What a JSON Schema can't say. `path` is where the fault shows, inside the value. */
export interface Rule<T> {
  error: string;
  path: string[];
  test(value: T): boolean;
}

/** What each rule set judges. */
interface Ruled {
  artifact: Artifact;
  slice: TensorSlice;
  histogram: Histogram;
  manifest: Manifest;
  bounds: readonly [number, number];
  bucketRange: BucketRange;
  fraction: readonly [number, number];
  experiment: Experiment;
  instant: string;
  releasedModel: ReleasedModel;
  release: Release;
}
export type RuleName = keyof Ruled;

/** 32 GiB at the usual 512 KiB: more is refused before any of it is looked up or stored. */
const maxAllChunks = 65_536;

const areDistinct = (names: readonly string[]) => new Set(names).size === names.length;

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

const lengthOf = (ranges: readonly BucketRange[]) => ranges.reduce((sum, [start, end]) => sum + end - start, 0);

function disjoint(arms: readonly Arm[]): boolean {
  const sorted = arms.flatMap(arm => arm.ranges).sort((a, b) => a[0] - b[0]);
  return sorted.every(([start], i) => i === 0 || start >= sorted[i - 1]![1]);
}

/** A unit must not be in two experiments on one model: nobody could say which version it gets. */
function collide(one: Experiment, other: Experiment): boolean {
  if (one.model !== other.model || one.status !== 'running' || other.status !== 'running') return false;
  if (!one.namespace || one.namespace.id !== other.namespace?.id) return true;
  return one.namespace.range[0] < other.namespace.range[1] && other.namespace.range[0] < one.namespace.range[1];
}

/** Own properties only: a model may be called `constructor`. */
function holds(models: Record<string, ReleasedModel>, {model, arms, shadow = []}: Experiment): boolean {
  if (!Object.hasOwn(models, model)) return false;
  const {versions} = models[model]!;
  return [...arms.map(({version}) => version), ...shadow].every(version => Object.hasOwn(versions, version));
}

/** Every rule by the name of the schema that it belongs to. zod runs them where models are made, `readSchema` where they are used. */
export const rules: {[Name in RuleName]: readonly Rule<Ruled[Name]>[]} = {
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
  ],
  bounds: [{error: 'expected the lower bound first', path: [], test: ([low, high]) => low <= high}],
  bucketRange: [{error: 'a range must not be empty', path: [], test: ([start, end]) => start < end}],
  fraction: [
    {
      error: 'expected 0 <= start < end <= 1',
      path: [],
      test: ([start, end]) => start >= 0 && start < end && end <= 1,
    },
  ],
  experiment: [
    {
      error: 'an arm’s ranges do not add up to its weight',
      path: ['arms'],
      test: ({arms}) => arms.every(arm => lengthOf(arm.ranges) === arm.weight),
    },
    {error: 'ranges of two arms overlap', path: ['arms'], test: ({arms}) => disjoint(arms)},
    {
      error: `weights and unassigned do not sum to ${bucketCount}`,
      path: ['arms'],
      test: ({arms, unassigned}) => arms.reduce((sum, arm) => sum + arm.weight, unassigned) === bucketCount,
    },
    {error: 'two arms have the same key', path: ['arms'], test: ({arms}) => areDistinct(arms.map(arm => arm.key))},
  ],
  instant: [{error: 'expected a date that exists', path: [], test: text => !Number.isNaN(Date.parse(text))}],
  releasedModel: [
    {
      error: 'champion is not among versions',
      path: ['champion'],
      test: ({champion, versions}) => Object.hasOwn(versions, champion),
    },
    {
      error: 'champion is revoked',
      path: ['champion'],
      test: ({champion, revoked}) => !revoked.includes(champion),
    },
  ],
  release: [
    {
      error: 'expires is not after issued',
      path: ['expires'],
      test: ({issued, expires}) => Date.parse(issued) < Date.parse(expires),
    },
    {
      error: 'an arm or shadow names a version that the release does not hold',
      path: ['experiments'],
      test: ({models, experiments}) => experiments.every(experiment => holds(models, experiment)),
    },
    {
      error: 'two experiments have the same key',
      path: ['experiments'],
      test: ({experiments}) => areDistinct(experiments.map(({key}) => key)),
    },
    {
      error: 'two running experiments on one model must take disjoint ranges of one namespace',
      path: ['experiments'],
      test: ({experiments}) =>
        !experiments.some((one, i) => experiments.slice(i + 1).some(other => collide(one, other))),
    },
  ],
};
