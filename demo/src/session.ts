import {
  createKedge,
  type ExecutionProvider,
  type Kedge,
  type Model,
  type Prediction,
  type Progress,
} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {tfjs} from '@kedge/client/tfjs';
import type {DemoConfig} from './config.js';
import {consent, unitId} from './settings.js';

export const modelName = 'digits';
const classCount = 10;

/** `?provider=wasm` or `?provider=webgpu` computes there and nowhere else. */
function wantedProviders(): ExecutionProvider[] | undefined {
  const wanted = new URLSearchParams(location.search).get('provider');
  return wanted === 'wasm' || wanted === 'webgpu' ? [wanted] : undefined;
}

/**
 * Starts a worker, which fetches the runtime: call it only when the visitor agreed to that.
 *
 * @param tells whether it has a collector; without one nothing is recorded at all
 */
export function openKedge({registry, channel, trustedKeys, collector}: DemoConfig, tells: boolean): Promise<Kedge> {
  const providers = wantedProviders();
  return createKedge({
    ...{registry, channel, trustedKeys},
    // One worker each, and each begins only when a version needs it.
    runtimes: [onnx(providers ? {providers} : {}), tfjs(providers ? {providers} : {})],
    unitId: unitId(),
    ...(tells && {collector: {...collector, consent: consent()}}),
  });
}

/** The unit that this visitor is, and the digits model that it got. */
export class Session {
  /** The first unit's client: owns worker, store and outbox. */
  readonly kedge: Kedge;
  #unit: Kedge;
  #model: Model | undefined;

  constructor(kedge: Kedge) {
    this.kedge = kedge;
    this.#unit = kedge;
  }

  get model(): Model | undefined {
    return this.#model;
  }

  /** Installs and starts what this unit was assigned. */
  async load(onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Model> {
    if (!this.kedge.release) await this.kedge.refresh({signal});
    this.#model = await this.#unit.model(modelName, {
      onProgress,
      signal,
      // Knowing nothing, each digit is as likely as the others.
      baseline: () => ({scores: new Float32Array(classCount).fill(1 / classCount)}),
    });
    return this.#model;
  }

  becomeUnit(id: string): void {
    this.#unit = this.kedge.forUnit(id);
    this.#model = undefined;
  }

  predict(field: Float32Array): Promise<Prediction> {
    if (!this.#model) throw new Error('predict was called before a model was loaded');
    return this.#model.predict({[this.#model.manifest?.inputs[0]?.name ?? 'image']: field});
  }
}
