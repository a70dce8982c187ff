import {KedgeError, toKedgeError} from '@kedge/core';
import type {Session, Tensors} from '../runtime/runtime.js';
import type {Turns} from '../runtime/turns.js';
import type {Binding} from './binding.js';
import type {TfjsModel} from './model.js';
import type {TfjsCore} from './module.js';
import {fromTfjs, toTfjs} from './tensors.js';

/** A trap, memory that is spent, or a GPU that is gone: a fresh worker may succeed. */
export function isDead(error: unknown): boolean {
  if (error instanceof WebAssembly.RuntimeError) return true;
  const text = error instanceof Error ? error.message : String(error);
  return /out of memory|enlarge memory|Aborted\(|device.{0,20}(lost|destroyed)/i.test(text);
}

export interface Loaded {
  model: TfjsModel;
  binding: Binding;
  /** The backend to be in force; what it gives away may be handed on. */
  backend: string;
}

export class TfjsSession implements Session {
  readonly #core: TfjsCore;
  readonly turns: Turns;
  #loaded: Loaded | undefined;

  constructor(core: TfjsCore, loaded: Loaded, turns: Turns) {
    this.#core = core;
    this.#loaded = loaded;
    this.turns = turns;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    try {
      return await this.turns(() => this.compute(inputs));
    } catch (error) {
      throw toKedgeError(
        error,
        isDead(error) ? 'runtime_unavailable' : 'model_invalid',
        'tfjs could not run the model',
      );
    }
  }

  /** Whatever tensors a run makes, also one that fails, end with its scope; weights were made outside of it. */
  async compute(inputs: Tensors): Promise<Tensors> {
    if (!this.#loaded) throw new KedgeError('closed', 'the session was released');
    if (this.#core.getBackend() !== this.#loaded.backend) await this.#core.setBackend(this.#loaded.backend);
    this.#core.engine().startScope();
    try {
      return await this.#answer(this.#loaded, inputs);
    } finally {
      this.#core.engine().endScope();
    }
  }

  async #answer({model, binding, backend}: Loaded, inputs: Tensors): Promise<Tensors> {
    const feeds = binding.inputs.map(({name, dtype}) => toTfjs(this.#core, inputs[name]!, dtype));
    const results = await model.run(feeds);
    const outputs: Tensors = {};
    for (const {spec, at} of binding.outputs)
      // Of the three only the WASM backend always answers with a copy.
      outputs[spec.name] = await fromTfjs(results[at]!, spec, backend === 'wasm');
    return outputs;
  }

  async release(): Promise<void> {
    await this.turns(async () => {
      this.#loaded?.model.dispose();
      this.#loaded = undefined;
    });
  }
}
