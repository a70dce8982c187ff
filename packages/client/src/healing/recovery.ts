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

/** What answers again. */
export interface Standing {
  loaded: Loaded;
  /** For a call that was made before its model was released, which leaves it once that is answered. */
  isLent: boolean;
}

/** For the version before, until `model()` is called again. Without one it goes on, unless it has crashed too often. @returns that one, where it serves */
export async function giveUp(model: ServedModel, {manifest}: Loaded, why: KedgeError): Promise<Standing | undefined> {
  model.alone = true;
  model.problems.push(why);
  await model.loadPrevious();
  if (model.source === 'previous') return standing(model);
  model.described = manifest;
  const {loaded} = model;
  if (loaded?.life !== loaded?.host.life) void model.end().catch(() => {});
  return undefined;
}

const standing = ({loaded}: ServedModel): Standing | undefined => loaded && {loaded, isLent: false};

/** @returns undefined where nothing does; calls that failed together share it */
export async function restart(healing: Healing, model: ServedModel, lost: Loaded): Promise<Standing | undefined> {
  if (model.loaded !== lost && !model.released) return standing(model);
  const {loader} = model.shared;
  loader.forget(lost);
  try {
    const loaded = await loader.load(lost.digest, {});
    if (model.released) return {loaded, isLent: true};
    model.use(loaded, model.source);
    return standing(model);
  } catch (error) {
    model.note(toKedgeError(error, 'worker_lost', model.name), lost);
    if (lost.life !== lost.host.life && model.loaded === lost) fall(healing, model, lost);
    return undefined;
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
