import {isKedgeError, type KedgeError} from '@kedge/core';
import {delay} from '../delay.js';
import {realm} from '../realm.js';
import type {Unavailable} from './fetch.js';
import type {Mirror, Mirrors} from './mirrors.js';
import {whenOnline} from './online.js';
import {pauseMs} from './retry-after.js';

/** A registry, and how to ask it. */
export interface Source {
  mirror: Mirror;
  /** Past every cache once an answer was wrong: the browser, or a proxy, may have kept it. */
  cache: RequestCache;
}

export interface Persistence {
  mirrors: Mirrors;
  signal: AbortSignal;
  /** Whether anything has come in this install: only then is it worth waiting for a network that is off. @default never */
  begun?(): boolean;
  /** Whether there is more than at the last question: a connection that brings something each time is worth any number of tries. @default never */
  gained?(): boolean;
  /** Whether the install goes on without it. @default false */
  isSpare?: boolean | undefined;
  /** Around a pause. */
  onWait(reason: 'offline' | 'retry', retryInMs: number | null): void;
  onGo?: () => void;
}

/** How often every mirror may fail in a row, with growing pauses between. */
const tries = 4;
/** The same for what can be done without: a connection may break once. */
const spareTries = 2;

/**
 * Asks one mirror after another until `work` succeeds.
 *
 * @throws the last failure when no mirror is left, or all failed too often; the signal's reason
 */
export async function persist<T>(options: Persistence, work: (source: Source) => Promise<T>): Promise<T> {
  const {mirrors, signal} = options;
  const seen: Seen = {wrong: new Set(), refused: new Set()};
  const failed = new Set<Mirror>();
  let rounds = 0;
  let pauseForMs = 0;
  for (let mirror = mirrors.best(seen.refused)!; ;) {
    try {
      await rest(Math.max(pauseForMs, mirror.readyAtMs - performance.now()), options);
      return await work({mirror, cache: seen.wrong.has(mirror) ? 'reload' : 'default'});
    } catch (error) {
      signal.throwIfAborted();
      if (options.gained?.()) rounds = 0;
      const next = isRegistrys(error) && judge(error, mirror, seen, options);
      if (!next) throw error;
      failed.add(mirror);
      pauseForMs = 0;
      if (error.code === 'network' && failed.has(next)) {
        failed.clear();
        if (realm.onLine !== false ? ++rounds >= (options.isSpare ? spareTries : tries) : !options.begun?.())
          throw error;
        if (realm.onLine !== false) pauseForMs = pauseMs(rounds, Math.random);
        else await waiting(options, 'offline', null, whenOnline(signal));
      }
      mirror = next;
    }
  }
}

/** Mirrors that gave something wrong instead of one file: of another they may have what is right. */
interface Seen {
  wrong: Set<Mirror>;
  /** Also past every cache. */
  refused: Set<Mirror>;
}

const faults: readonly unknown[] = ['network', 'artifact_corrupt', 'response_invalid', 'manifest_invalid'];

/** Whether a registry is to blame, or the way to it: another one may do. */
export const isRegistrys = (error: unknown): error is KedgeError => isKedgeError(error) && faults.includes(error.code);

/** What a failure says of the mirror. @returns the one to ask next; undefined when none is left */
function judge(error: KedgeError, mirror: Mirror, {wrong, refused}: Seen, {mirrors, isSpare}: Persistence) {
  const isNetwork = error.code === 'network';
  if (isNetwork) {
    // Another lane may have been told of a longer pause.
    const readyAtMs = performance.now() + ((error as Partial<Unavailable>).retryAfterMs ?? 0);
    mirror.readyAtMs = Math.max(mirror.readyAtMs, readyAtMs);
  } else {
    // A cache may hold what was wrong once, for a year; asked past every cache the mirror has had its second chance.
    if (wrong.has(mirror)) refused.add(mirror);
    wrong.add(mirror);
  }
  // One that lacks what can be done without may have all the rest.
  if (isNetwork || !isSpare) mirrors.demote(mirror);
  return mirrors.best(refused, mirror);
}

async function rest(ms: number, options: Persistence): Promise<void> {
  if (ms > 0) await waiting(options, 'retry', Math.round(ms), delay(ms, options.signal));
}

async function waiting(
  {onWait, onGo}: Persistence,
  reason: 'offline' | 'retry',
  ms: number | null,
  pause: Promise<void>,
) {
  onWait(reason, ms);
  await pause.finally(onGo);
}
