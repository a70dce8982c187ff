import type {ExecutionProvider} from '../runtime/runtime.js';

/** A worker that was lost while it computed a version, or a tab that died (`died`). `at` is milliseconds since 1970. */
export interface Crash {
  at: number;
  died: boolean;
}

export type Crashes = Partial<Record<ExecutionProvider, readonly Crash[]>>;

const loopOf = 3;
const withinMs = 60_000;
/** A tab that died took the person's page with it: that happens twice at most. */
const diesOf = 2;
const rememberedMs = 86_400_000;

export function withCrash(crashes: Crashes, provider: ExecutionProvider, crash: Crash): Crashes {
  return {...crashes, [provider]: [...(crashes[provider] ?? []), crash].slice(-loopOf)};
}

/** Whether the provider is to be left alone: for a day after three crashes within a minute, or two tabs that died. */
export function isLooping(crashes: readonly Crash[] = [], now: number): boolean {
  const recent = crashes.filter(({at}) => Math.abs(now - at) < rememberedMs);
  if (recent.filter(({died}) => died).length >= diesOf) return true;
  const [first, last] = [recent.at(-loopOf), recent.at(-1)];
  return first !== undefined && last !== undefined && Math.abs(last.at - first.at) < withinMs;
}

/** What was stored may be of another version of this client, or edited by hand. */
export function readCrashes(value: unknown): Crashes {
  const isCrash = (crash: unknown) =>
    typeof (crash as Crash | null)?.at === 'number' && typeof (crash as Crash).died === 'boolean';
  return Object.fromEntries(
    Object.entries((value ?? {}) as Crashes).filter(([, list]) => Array.isArray(list) && list.every(isCrash)),
  );
}
