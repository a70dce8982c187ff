import type {DType, Manifest} from '@kedge/core';
import type {Patience, Turns} from './turns.js';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A dense tensor, row-major. `float16` data is a Uint16Array of bit patterns, `bool` a Uint8Array of 0 and 1. */
export interface Tensor {
  dtype: DType;
  shape: readonly number[];
  data: TensorData;
}

export type Tensors = Record<string, Tensor>;

/** `wasm:2` is WASM with two threads. */
export type ExecutionProvider = 'webgpu' | 'wasm' | `wasm:${number}` | 'cpu';

/** A loaded version inside a runtime. */
export interface Session {
  /** Outputs by name. Inputs were checked against the TensorSpec before. */
  run(inputs: Tensors): Promise<Tensors>;
  /** In which its runs wait for each other, and for those of other sessions. */
  readonly turns: Turns;
  /** A run by who has the turn. */
  compute(inputs: Tensors): Promise<Tensors>;
  /** Frees what the session holds, after the runs that were asked for before; safe to call twice. */
  release(): Promise<void>;
}

/** A binary of a runtime's package, as manifests pin them in `runtime.files`. */
export interface RuntimeBinary {
  /** Its file name. */
  path: string;
  package: string;
  /** Of the package's JavaScript here: a binary of any other does not fit it. */
  version: string;
}

/** The memory of a runtime that has just started, with no model in it: what a start of the same binary can begin with. */
export interface MemoryImage {
  /** Name of the export that the memory is put in place after. */
  first: string;
  /** Length of the memory. */
  bytes: number;
  /** What of it is not zero: where it begins and how long it is, in bytes, ascending. */
  runs: readonly (readonly [begin: number, length: number])[];
  /** The runs, one after the other. */
  data: Uint8Array<ArrayBuffer>;
  /** The binary with the functions alone that its versions call: starts in its place. */
  binary?: Uint8Array<ArrayBuffer> | undefined;
}

export interface GivenImage extends MemoryImage {
  /** Where functions are missing from the binary: told when one of them was called. */
  onTrap?(): Promise<void>;
}

/** What a runtime starts from in place of the app's own file. */
export interface StartFrom {
  /** The bytes of what `binary` names. */
  binary: Uint8Array<ArrayBuffer>;
  /** The same, compiled while it was read. */
  module?: Promise<WebAssembly.Module> | undefined;
  /** What an earlier start of this binary gave. */
  image?: GivenImage | undefined;
}

/** What computes a model: onnxruntime or tfjs behind one port. Lives where the session lives, in the worker or in Node. */
export interface Runtime {
  readonly name: string;
  /** Version of the package behind it; a remembered choice is forgotten when it changes. */
  version(provider: ExecutionProvider): Promise<string>;
  /** With what its sessions are at, where it can give up what never answers: set by who serves it. */
  readonly patience?: Patience;
  /** Manifest formats that it can load. */
  readonly formats: readonly Manifest['format'][];
  /** Which provider it is in this realm, which has one number of threads: that of its first start. */
  standing?(provider: ExecutionProvider): ExecutionProvider;
  /** The binary that the provider starts from on this device; without this, or undefined, it takes none from the store. */
  binary?(provider: ExecutionProvider): Promise<RuntimeBinary | undefined>;
  /**
   * Starts what a first load would wait for (compilation of the runtime), so that it overlaps with reading the store.
   *
   * @param from in place of the app's own file. Only the first start of a provider in this realm takes it, and one that fails
   * leaves the realm unusable for it
   * @returns an image for later starts from this binary, where it started without one and can make one
   */
  warm?(provider: ExecutionProvider, from?: StartFrom): Promise<MemoryImage | undefined>;
  /**
   * Whether `load` copies a large file piece by piece, before it resolves: it may be given one that is on the disk, of which
   * there are `length`, `at`, `slice` and `subarray` alone, and each `subarray` until the next.
   */
  lends?: boolean;
  /**
   * @param files every artifact of the version, by its path
   * @throws KedgeError `model_invalid` or `runtime_unavailable`
   */
  load(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>, provider: ExecutionProvider): Promise<Session>;
}
