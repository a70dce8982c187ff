import {type Manifest, toKedgeError} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Turns} from '../runtime/turns.js';
import {bind} from './binding.js';
import {loadModel} from './model.js';
import type {TfjsCore, TfjsSource} from './module.js';
import {isDead, type Loaded, TfjsSession} from './session.js';

export interface Opening {
  core: TfjsCore;
  provider: ExecutionProvider;
  source: TfjsSource;
  turns: Turns;
}

/** @throws KedgeError `model_invalid`; `runtime_unavailable` when a fresh worker may succeed */
export async function openModel(
  opening: Opening,
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<TfjsSession> {
  const {core, turns} = opening;
  return new TfjsSession(core, await turns(() => load(opening, manifest, files)), turns);
}

async function load(
  {core, provider, source}: Opening,
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Loaded> {
  try {
    await core.setBackend(provider);
    const model = await loadModel(source, manifest, files);
    try {
      return {model, binding: bind(manifest, model), backend: provider};
    } catch (error) {
      model.dispose();
      throw error;
    }
  } catch (cause) {
    throw toKedgeError(
      cause,
      isDead(cause) ? 'runtime_unavailable' : 'model_invalid',
      `${manifest.model} ${manifest.version} (${manifest.entry}) on ${provider}`,
    );
  }
}
