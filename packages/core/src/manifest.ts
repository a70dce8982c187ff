import * as z from 'zod/mini';
import {dtypes} from './dtype.js';
import {ruled} from './ruled.js';
import {TensorSpec} from './tensor.js';

/** Lower-case hexadecimal SHA-256. */
export const Digest = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex'));

const Count = z.int().check(z.nonnegative());

/** A device holds a chunk in memory until it is verified: what is larger than this is refused before it is asked for. */
const maxChunkBytes = 16 * 2 ** 20;

export const Chunk = z.object({sha256: Digest, bytes: z.int().check(z.positive(), z.lte(maxChunkBytes))});
export type Chunk = z.infer<typeof Chunk>;

/** Most chunks of one artifact: 4 GiB at 64 KiB. Bounds what a hostile manifest can make a device check. */
const maxChunks = 65_536;
const Chunks = z.array(Chunk).check(z.maxLength(maxChunks, `expected at most ${maxChunks} chunks`));
const maxArtifacts = 1024;

/** One file of a version. Its blob is `blobs/<sha256>`; its chunks are consecutive and cover it exactly. */
export const Artifact = ruled(
  'artifact',
  z.object({
    path: z
      .string()
      .check(
        z.maxLength(256),
        z.regex(/^(?!\.)(?!.*\/\.)[\w.-]+(\/[\w.-]+)*$/, 'expected a relative path without dot segments'),
      ),
    sha256: Digest,
    bytes: Count,
    chunks: Chunks,
  }),
);
export type Artifact = z.infer<typeof Artifact>;

/**
 * A way to make an artifact from one that an older version has (`kedge.patch/1`, see patch.ts): used where the base is
 * stored and the patch is smaller than the chunks that are missing. The result is checked against the artifact's own chunks.
 */
export const Patch = z.object({
  /** Path of the artifact of this version that it makes. */
  artifact: z.string(),
  /** Digest of the blob that it starts from. */
  base: Digest,
  sha256: Digest,
  bytes: z.int().check(z.positive()),
  chunks: Chunks.check(z.minLength(1)),
});
export type Patch = z.infer<typeof Patch>;

/** A tensor's little-endian bytes inside an artifact. */
export const TensorSlice = ruled(
  'slice',
  z.object({
    artifact: z.string(),
    offset: Count,
    bytes: Count,
    dtype: z.enum(dtypes),
    shape: z.array(z.int().check(z.positive())),
  }),
);
export type TensorSlice = z.infer<typeof TensorSlice>;

/** Every input of the version and every output they must give; a device checks them before a version may serve there. */
export const Golden = z.object({
  inputs: z.record(z.string(), TensorSlice),
  outputs: z.record(z.string(), TensorSlice),
  /** |got - expected| <= absolute + relative * |expected|, element by element. */
  tolerance: z.object({absolute: z.number().check(z.nonnegative()), relative: z.number().check(z.nonnegative())}),
});
export type Golden = z.infer<typeof Golden>;

/** Bin edges, ascending, and counts over the validation data: `counts.length === edges.length - 1`. */
export const Histogram = ruled('histogram', z.object({edges: z.array(z.number()), counts: z.array(Count)}));
export type Histogram = z.infer<typeof Histogram>;

export const Lineage = z.object({
  /** Commit of the training code. */
  commit: z.optional(z.string()),
  data: z.optional(z.object({name: z.string(), version: z.optional(z.string()), sha256: z.optional(Digest)})),
  created: z.optional(z.string()),
  author: z.optional(z.string()),
  licence: z.optional(z.string()),
  /** The version this one was trained from or replaces. */
  parent: z.optional(z.string()),
});

export const Card = z.object({
  intendedUse: z.optional(z.string()),
  limits: z.optional(z.array(z.string())),
  /** Who could be harmed, and how. */
  harms: z.optional(z.array(z.string())),
  /** How that is watched. */
  watched: z.optional(z.string()),
});

export const Semver = z
  .string()
  .check(z.regex(/^\d+\.\d+\.\d+(-[\w.-]+)?$/, 'expected a semantic version such as 1.2.0'));
export const Name = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected lower-case letters, digits, dots, dashes'));

/** One immutable model version. Addressed by the SHA-256 of its canonical JSON (RFC 8785). */
export const Manifest = ruled(
  'manifest',
  z.object({
    schema: z.literal('kedge.manifest/1'),
    model: Name,
    version: Semver,
    /** Another form of the same version, such as `int8`: for devices that can't hold the full one. Absent on the full one. */
    variant: z.optional(Name),
    task: z.enum(['classification', 'regression', 'other']),
    format: z.enum(['onnx', 'tfjs-graph', 'tfjs-layers']),
    /** Path of the artifact that the runtime loads. */
    entry: z.string(),
    artifacts: z.array(Artifact).check(z.minLength(1), z.maxLength(maxArtifacts)),
    inputs: z.array(TensorSpec).check(z.minLength(1)),
    outputs: z.array(TensorSpec).check(z.minLength(1)),
    /** Ways from older versions' blobs to this one's. */
    patches: z.optional(z.array(Patch).check(z.maxLength(maxArtifacts))),
    /** What the app does to raw data before `predict`; `version` changes when that does. */
    preprocess: z.optional(z.object({version: z.string(), description: z.string()})),
    classes: z.optional(z.array(z.string())),
    golden: z.array(Golden),
    expected: z.optional(
      z.object({
        dataset: z.object({name: z.string(), sha256: Digest, examples: Count}),
        accuracy: z.optional(z.number()),
        metrics: z.record(z.string(), z.number()),
      }),
    ),
    reference: z.optional(
      z.object({
        inputs: z.record(z.string(), Histogram),
        outputs: z.record(z.string(), Histogram),
        /** Predicted classes over the validation data, in the order of `classes`. */
        predicted: z.optional(z.array(Count)),
      }),
    ),
    /** The naive answer: class prior (classification) or mean (regression), per output name. */
    baseline: z.optional(z.record(z.string(), z.array(z.number()))),
    lineage: z.optional(Lineage),
    card: z.optional(Card),
    runtime: z.object({
      package: z.string(),
      /** Exact; `files` fit the package's JavaScript of this version only. */
      version: z.string(),
      /** What a device must have to be given this form, see features.ts. */
      features: z.optional(z.array(z.string())),
      /** The package's own binaries, such as `ort-wasm-simd-threaded.wasm`, by their file name: blobs like any artifact. */
      files: z.optional(z.array(Artifact).check(z.maxLength(16))),
      /**
       * Which functions of a file this version calls, by the file's path: base64 of one bit for each of the module's own functions
       * (function i is bit i % 8 of byte i / 8). A start may leave the others out; one that is called after all stops the runtime,
       * which then starts from the whole file.
       */
      functions: z.optional(z.record(z.string(), z.string().check(z.maxLength(65_536)))),
    }),
  }),
);
export type Manifest = z.infer<typeof Manifest>;
