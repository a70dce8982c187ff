import type {ExecutionProvider} from '../runtime/runtime.js';

/** tfjs has no other numbers. */
export type TfjsDtype = 'float32' | 'int32' | 'bool';

export interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
}

/** An input or output as the model describes it; a graph model may leave out its shape and dtype. */
export interface TensorInfo {
  readonly name: string;
  readonly shape?: readonly (number | null)[] | undefined;
  readonly dtype?: string | undefined;
}

interface Model {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  dispose(): unknown;
}

export interface LayersModel extends Model {
  /** Of those of its layers that keep their state from call to call; where there is none it does nothing. */
  resetStates(): void;
  /** All rows at once; `predict` would go through them 32 at a time. */
  predictOnBatch(inputs: TfjsTensor[]): TfjsTensor | TfjsTensor[];
}

export interface GraphModel extends Model {
  /** By the signature's names, where there is one. */
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  execute(inputs: Record<string, TfjsTensor>, outputs: string[]): TfjsTensor | TfjsTensor[];
  executeAsync(inputs: Record<string, TfjsTensor>, outputs: string[]): Promise<TfjsTensor | TfjsTensor[]>;
}

/** What tfjs calls an IO handler: where a model's files come from. */
export interface IoHandler {
  load(): Promise<object>;
}

/** The part of `@tensorflow/tfjs-core` that is used; `@tensorflow/tfjs` has it too. */
export interface TfjsCore {
  readonly version_core: string;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  engine(): {startScope(): void; endScope(): void};
  tensor(data: never, shape: never, dtype: TfjsDtype): TfjsTensor;
}

/** How tfjs is had: in parts in the browser, whole in Node. */
export interface TfjsSource {
  /** With the provider's backend registered. */
  core(provider: ExecutionProvider): Promise<TfjsCore>;
  layers(): Promise<{loadLayersModel(source: IoHandler): Promise<LayersModel>}>;
  converter(): Promise<{loadGraphModel(source: IoHandler): Promise<GraphModel>}>;
}
