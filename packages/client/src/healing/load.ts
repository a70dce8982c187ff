import {type ErrorCode, isKedgeError, KedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {isInnocent} from '../failure.js';
import type {Loaded} from '../loader.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {Installed, Wanted} from '../worker/installs.js';
import {fromWire} from '../worker/protocol.js';
import {type Healing, notedFile, type ToStart} from './healing.js';
import {startVersion} from './start.js';

type OnProgress = (progress: Progress) => void;

/**
 * Installs and starts a version. Where it can't be run rightly on this device, its smaller forms are tried, the largest
 * first.
 *
 * @throws KedgeError why none can serve; the signal's reason
 */
export async function loadVersion(
  healing: Healing,
  {digest, variants}: Wanted,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Loaded> {
  const before: KedgeError[] = [];
  for (const [i, form] of [digest, ...variants].entries())
    try {
      const left = i === 0 ? variants : [];
      if (left.length) await refuseKnown(healing, form);
      const loaded = await loadForm(healing, {digest: form, variants: left}, signal, onProgress);
      loaded.problems.unshift(...before);
      return loaded;
    } catch (error) {
      if (signal.aborted || !isKedgeError(error) || !devicesFaults.includes(error.code)) throw before[0] ?? error;
      before.push(error);
    }
  throw before[0]!;
}

/** With these another form of the version may fare better on the same device. */
const devicesFaults: readonly ErrorCode[] = ['golden_mismatch', 'model_invalid', 'runtime_unavailable', 'worker_lost'];

/** @throws KedgeError `golden_mismatch` where every provider is known to be wrong: another form is better than to try them all again */
async function refuseKnown(healing: Healing, digest: string): Promise<void> {
  const choice = await healing.foresee(digest);
  if (choice?.wrong) await (await notedFile().catch(() => undefined))?.refuseWrong(choice);
}

async function loadForm(
  healing: Healing,
  wanted: Wanted,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Loaded> {
  const began = performance.now();
  const installing = install(healing, wanted, signal, onProgress);
  // Behind it: the worker is at that first.
  setTimeout(() => void healing.foresee(wanted.digest));
  const installed = await installing;
  const to = toStart(healing, installed, signal, onProgress);
  const {digest, manifest, problems, refused} = to;
  const unserve = healing.serving.add(digest);
  const {startedBytes, ...started} = await startVersion(healing, to).catch((error: unknown) => {
    healing.places.leave(to.place);
    unserve();
    if (isVersions(error))
      notedFile()
        .then(({noteFailed}) => noteFailed(healing, to, error))
        .catch(() => {});
    throw error;
  });
  // It may have begun anew in another worker.
  const {runtime, place} = to;
  place.life = started.life;
  const downloadedBytes = installed.downloadedBytes + startedBytes;
  onProgress({state: 'ready', provider: started.provider, downloadedBytes});
  return {
    ...{manifest, digest, runtime, host: runtime.host, ...started, downloadedBytes, problems, refused, place, unserve},
    users: {count: 0},
    runs: healing.runs,
    durationMs: performance.now() - began,
    firstRun: () => healing.flights.begin({stage: 'first run', digest, provider: started.provider}),
    told: false,
    successor: undefined,
  };
}

type Found = Installed & Pick<ToStart, 'foundBy'>;

/** A new worker goes on with what a lost one has stored: once, and as often as the worker was lost by what another call did. */
async function install({hosts}: Healing, wanted: Wanted, signal: AbortSignal, onProgress: OnProgress): Promise<Found> {
  const {host} = hosts[0]!;
  const once = async () => {
    const foundBy = {host, life: host.life};
    return {...(await host.install(wanted, onProgress, {signal})), foundBy};
  };
  for (let losses = 0; ;)
    try {
      return await once();
    } catch (error) {
      if (!isKedgeError(error) || error.code !== 'worker_lost' || (!isOthers(error) && losses++)) throw error;
    }
}

/** See `asLost` and `innocent`; a worker that was silent at the download itself has a deadline as its cause. */
function isOthers(error: KedgeError): boolean {
  const {cause} = error;
  return isInnocent(error) || (isKedgeError(cause) && cause.code !== 'deadline_exceeded');
}

function toStart(healing: Healing, installed: Found, signal: AbortSignal, onProgress: OnProgress): ToStart {
  const {digest, manifest, foundBy} = installed;
  const problems = installed.problems.map(problem => fromWire(problem) as KedgeError);
  const place = healing.places.take(manifest);
  if (!place)
    throw new KedgeError(
      'runtime_unavailable',
      `${manifest.model} ${manifest.version} is ${manifest.format}; no runtime of createKedge loads it`,
    );
  const {runtime} = place;
  const refused = new Map<KedgeError, ExecutionProvider>();
  return {runtime, place, manifest, digest, foundBy, problems, refused, onProgress, signal};
}

/** Whether the version is to blame, and not the device. */
function isVersions(error: unknown): error is KedgeError {
  return isKedgeError(error) && (error.code === 'golden_mismatch' || error.code === 'model_invalid');
}
