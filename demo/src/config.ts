import type {Jwk} from '@kedge/core';
import {fromCacheHeader} from './offline/plan.js';

/** What `kedge serve` says about itself at `/config.json`. */
export interface DemoConfig {
  registry: string;
  channel: string;
  trustedKeys: Jwk[];
  collector: {url: string; writeKey: string};
}

/** The page can't begin without its configuration; `message` says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const remedy = 'Start the server with "npm start", then reload this page.';

/** @throws ConfigError when the server is away and nothing is kept, or when it answers with something else */
export async function loadConfig(): Promise<{config: DemoConfig; fromCache: boolean}> {
  const answer = await fetch('/config.json').catch(() => undefined);
  if (!answer) throw new ConfigError(`The server did not answer. ${remedy}`);
  if (!answer.ok) throw new ConfigError(`The server has no /config.json (status ${answer.status}). ${remedy}`);
  const value: unknown = await answer.json().catch(() => undefined);
  if (!isConfig(value)) throw new ConfigError(`/config.json is not the demo's configuration. ${remedy}`);
  return {config: value, fromCache: answer.headers.has(fromCacheHeader)};
}

function isConfig(value: unknown): value is DemoConfig {
  const config = value as Partial<DemoConfig> | null | undefined;
  return (
    typeof config?.registry === 'string' &&
    typeof config.channel === 'string' &&
    Array.isArray(config.trustedKeys) &&
    typeof config.collector?.url === 'string' &&
    typeof config.collector.writeKey === 'string'
  );
}
