/** The part of the onnxruntime-common API that is used; onnxruntime-web and onnxruntime-node both have it. */
export interface OrtModule {
  InferenceSession: {
    create(
      model: Uint8Array,
      options: {executionProviders: string[]; graphOptimizationLevel?: 'all'; externalData?: ExternalData},
    ): Promise<OrtSession>;
  };
  Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  env: {
    versions: {common: string; web?: string};
    logLevel?: string;
    wasm?: {
      wasmBinary?: ArrayBufferLike | Uint8Array;
      numThreads?: number;
      /** Ours: once a function was called that its binary does not have, until that is noted. */
      trapped?: Promise<void> | undefined;
    };
    /** The device, once a session on WebGPU was made. */
    webgpu?: {device?: unknown};
  };
}

/** Files that a model names beside itself, as it names them. */
export type ExternalData = {path: string; data: Uint8Array}[];

export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  getData?(): Promise<unknown>;
}

export interface OrtSession {
  /** @param wanted names of the outputs to give */
  run(feeds: Record<string, OrtTensor>, wanted: readonly string[]): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}
