export {sha256, hex, utf8, toBase64, fromBase64} from './bytes.js';
export {Batch, type BatchHeader} from './batch.js';
export {canonicalJson} from './canonical.js';
export {decodeBatch} from './decode-batch.js';
export {keyId, releasePayloadType, signEnvelope, verifyEnvelope} from './dsse.js';
export {describeTensor, type DType, dtypeBytes, dtypes} from './dtype.js';
export {encodeBatch, maxBatchEvents} from './encode-batch.js';
export {Envelope} from './envelope.js';
export {type ErrorCode, errorCodes, isKedgeError, KedgeError, toKedgeError} from './errors.js';
export {type Context, type EventKind, type KedgeEvent, type Source, type Stage, stages} from './event.js';
export {Arm, BucketRange, Experiment, Guardrail, Plan} from './experiment.js';
export {features, isFeature, sizeIn} from './features.js';
export {fromGrowthBook, type FromGrowthBookOptions, type GrowthBookExperiment} from './growthbook.js';
export {
  Artifact,
  Card,
  Chunk,
  Digest,
  Golden,
  Histogram,
  Lineage,
  Manifest,
  Name,
  Patch,
  Semver,
  TensorSlice,
} from './manifest.js';
export {copyOps, deltaOps, type ElementType, literalOps, planesOps} from './encode-patch.js';
export {applyPatch, maxPatchCount, patchOps} from './patch.js';
export {parse, parseJson} from './parse.js';
export {readEnvelope, readManifest, readRelease} from './read.js';
export {Release, ReleasedModel, ReleasedVersion, TelemetryPolicy} from './release.js';
export {TensorSpec} from './tensor.js';
export {assign, type Assignment, type UnassignedReason, unassignedReasons} from './assign/assign.js';
export {bucketCount, bucketOf} from './assign/bucket.js';
export {type Attributes, type Condition, matches, type SavedGroups} from './assign/condition.js';
export {fnv1a} from './assign/fnv1a.js';
export {murmur3} from './assign/murmur3.js';
export {evenArms, withWeights} from './assign/weights.js';
export {checkUnitId, maxUnitIdLength, type Unit} from './assign/unit.js';
export {withBodies} from './wasm.js';
export type {Bytes, EcdsaKey, Jwk, Subtle} from './webcrypto.js';
