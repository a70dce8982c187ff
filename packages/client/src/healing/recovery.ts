import {type KedgeError, toKedgeError} from '@kedge/core';
import type {Loaded} from '../loader.js';
import type {ServedModel} from '../model.js';
import {providersOf} from '../providers.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {longer} from './circuit.js';
import type {Healing} from './healing.js';

/** Until a version whose worker is gone, and does not start, is tried again. */
const [againMs, mostMs] = [1000, 300_000];

/** Nothing that a process would stay alive for. */
const pause = (ms: number) =>
  new Promise<void>(resolve => (setTimeout(resolve, ms) as unknown as {unref?: () => void}).unref?.());

/** For the version before, until `model()` is called again. Without one it goes on, unless it has crashed too often. @returns whether that one serves */
export async function giveUp(model: ServedModel, {manifest}: Loaded, why: KedgeError): Promise<boolean> {
  model.alone = true;
  model.problems.push(why);
  await model.loadPrevious();
  if (model.source === 'previous') return true;
  model.described = manifest;
  const {loaded} = model;
  if (loaded?.life !== loaded?.host.life) void model.end().catch(() => {});
  return false;
}

/** @returns whether a session stands again; calls that failed together share it */
export async function restart(healing: Healing, model: ServedModel, lost: Loaded): Promise<boolean> {
  if (model.loaded !== lost) return !!model.loaded;
  const {loader} = model.shared;
  loader.forget(lost);
  try {
    model.use(await loader.load(lost.digest, {}), model.source);
    return true;
  } catch (error) {
    model.note(toKedgeError(error, 'worker_lost', model.name), lost);
    if (lost.life !== lost.host.life && model.loaded === lost) fall(healing, model, lost);
    return false;
  }
}

/** Its worker is gone and does not start again: the baseline answers at once, until it does. */
function fall(healing: Healing, model: ServedModel, lost: Loaded): void {
  model.described = lost.manifest;
  void model.end().catch(() => {});
  void bringBack(healing, model, lost);
}

/** Starts it in the background, after ever longer pauses, until something serves or each provider has crashed too often. */
async function bringBack(healing: Healing, model: ServedModel, {digest, runtime}: Loaded): Promise<void> {
  const {shared} = model;
  const mayServe = (provider: ExecutionProvider) => healing.mayServe(digest, provider);
  for (let ms = againMs; ; ms = longer(ms, againMs, mostMs)) {
    await pause(ms);
    if (shared.closed ?? model.released ?? model.loaded) return;
    if (!providersOf(runtime.descriptor).some(mayServe)) return;
    const loaded = await shared.loader.load(digest, {}).catch(() => undefined);
    if (loaded) return model.use(loaded, model.source);
  }
}
