import {type DType, KedgeError, toKedgeError} from '@kedge/core';
import type {Session, Tensor, TensorData, Tensors} from '../runtime/runtime.js';
import type {Turns} from '../runtime/turns.js';
import type {OrtModule, OrtSession, OrtTensor} from './module.js';

/**
 * A trap, or the runtime's own words for a realm that can't be used again; a fresh worker may succeed. Its messages begin with
 * them: what follows may quote the model, whose names may be any.
 */
export function isDead(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError) return true;
  const text = error instanceof Error ? error.message : String(error);
  return /^(no available backend|(previous|multiple) calls? to '|another WebGPU|(Relaxed )?WebAssembly|out of memory|Aborted\()/i.test(
    text,
  );
}

/** Where JavaScript has an array of float16, onnxruntime answers with one; the port has bits. */
function toTensor({type, dims}: OrtTensor, data: TensorData): Tensor {
  const bits = type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  return {dtype: type as DType, shape: dims, data: bits};
}

export class OnnxSession implements Session {
  readonly #ort: OrtModule;
  readonly turns: Turns;
  /** The outputs that are asked for: others may be no tensors, and nobody looks at their values. */
  wanted: readonly string[] = [];
  #session: OrtSession | undefined;

  constructor(ort: OrtModule, session: OrtSession, turns: Turns) {
    this.#ort = ort;
    this.#session = session;
    this.turns = turns;
  }

  get open(): boolean {
    return !!this.#session;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    try {
      return await this.turns(() => this.compute(inputs));
    } catch (error) {
      await this.#ort.env.wasm?.trapped;
      throw isDead(error) ? toKedgeError(error, 'runtime_unavailable', 'onnxruntime stopped working') : error;
    }
  }

  async compute(inputs: Tensors): Promise<Tensors> {
    if (!this.#session) throw new KedgeError('closed', 'the session was released');
    const feeds: Record<string, OrtTensor> = {};
    for (const name in inputs) {
      const {dtype, data, shape} = inputs[name]!;
      feeds[name] = new this.#ort.Tensor(dtype as never, data as never, shape);
    }
    const results = await this.#session.run(feeds, this.wanted);
    const outputs: Tensors = {};
    for (const name of this.wanted) {
      const tensor = results[name]!;
      // A tensor left on the GPU has no `data` yet.
      outputs[name] = toTensor(tensor, (tensor.getData ? await tensor.getData() : tensor.data) as TensorData);
    }
    return outputs;
  }

  async release(): Promise<void> {
    await this.turns(async () => {
      const session = this.#session;
      this.#session = undefined;
      await session?.release();
    });
  }
}
