/** What is looked at, in the order of the report. */
export const groups = {
  connection: ['reachable', 'secure', 'http-version', 'redirects'],
  ranges: ['range', 'range-beyond', 'if-range', 'head', 'compression'],
  'other origins': ['cors', 'cors-on-errors', 'exposed-headers', 'preflight', 'corp'],
  answers: ['types', 'missing', 'missing-cache', 'immutable', 'channel-cache', 'etag', 'not-modified'],
  release: ['release', 'signature', 'expiry', 'previous'],
  files: ['manifests', 'digests', 'sizes'],
  page: ['page', 'page-secure', 'page-types', 'isolation', 'worker-isolation', 'csp-wasm', 'csp-worker', 'csp-connect'],
} as const;

export type Group = keyof typeof groups;
export type Check = (typeof groups)[Group][number];

/** `warning`: it works, but slower, later or not everywhere. `error`: devices are refused, or can't heal. */
export type Level = 'ok' | 'warning' | 'error';

export interface Finding {
  check: Check;
  level: Level;
  /** The address that was asked. */
  where: string;
  expected: string;
  got: string;
  fix?: Fix;
}

export const hostNames = [
  'nginx',
  'apache',
  'cloudflare-pages',
  'cloudflare-r2',
  's3-cloudfront',
  'netlify',
  'vercel',
  'github-pages',
  'firebase',
  'kedge-serve',
] as const;
export type HostName = (typeof hostNames)[number];

/** How to mend it: in a sentence, and as lines for the common hosts. */
export interface Fix {
  advice: string;
  hosts: Partial<Record<HostName, string>>;
}

export const groupOf = (check: Check): Group =>
  (Object.keys(groups) as Group[]).find(group => (groups[group] as readonly Check[]).includes(check))!;

export const ok = (check: Check, where: string, got: string): Finding => ({
  ...{check, level: 'ok', where, expected: got, got},
});
