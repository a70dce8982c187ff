/** One content security policy: sources by directive. */
export type Policy = Map<string, string[]>;

/** Every policy of a header's value; a comma begins another one. */
export function parsePolicies(value: string): Policy[] {
  return value
    .split(',')
    .map(parsePolicy)
    .filter(policy => policy.size > 0);
}

function parsePolicy(text: string): Policy {
  const policy: Policy = new Map();
  for (const directive of text.split(';')) {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    // The first of two wins (CSP 3 §2.2.1).
    if (name !== '' && !policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), sources);
  }
  return policy;
}

/** Those in `<meta http-equiv>` of a page. */
export function metaPolicies(html: string): Policy[] {
  const tags = html.match(/<meta\b[^>]*>/gi) ?? [];
  return tags
    .filter(tag => attributeOf(tag, 'http-equiv')?.toLowerCase() === 'content-security-policy')
    .flatMap(tag => parsePolicies(attributeOf(tag, 'content') ?? ''));
}

/** An attribute's value; undefined when the tag has none of this name. */
export function attributeOf(tag: string, name: string): string | undefined {
  const [, double, single, bare] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag) ?? [];
  const value = double ?? single ?? bare;
  return value?.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

const fallbacks: Record<string, readonly string[]> = {
  'script-src': ['script-src', 'default-src'],
  'worker-src': ['worker-src', 'child-src', 'script-src', 'default-src'],
  'connect-src': ['connect-src', 'default-src'],
};

/** The sources that count for a directive; undefined when the policy does not restrict it. */
export function sourcesFor(
  policy: Policy,
  directive: 'script-src' | 'worker-src' | 'connect-src',
): string[] | undefined {
  return fallbacks[directive]!.map(name => policy.get(name)).find(sources => sources !== undefined);
}

export const allowsWasm = (policy: Policy): boolean => {
  const sources = sourcesFor(policy, 'script-src')?.map(source => source.toLowerCase());
  return !sources || sources.includes("'wasm-unsafe-eval'") || sources.includes("'unsafe-eval'");
};

/** Whether a policy of the page lets it fetch, or start, what lies at `url` (CSP 3 §6.7.2). */
export function allowsUrl(policy: Policy, directive: 'worker-src' | 'connect-src', url: string, page: string): boolean {
  const sources = sourcesFor(policy, directive);
  return !sources || sources.some(source => matches(source, new URL(url), new URL(page)));
}

const defaultPorts: Record<string, string> = {'http:': '80', 'https:': '443'};
const portOf = ({protocol, port}: URL) => port || (defaultPorts[protocol] ?? '');

function matches(source: string, url: URL, page: URL): boolean {
  if (source === '*') return /^https?:$/.test(url.protocol) || url.protocol === page.protocol;
  if (source.toLowerCase() === "'self'") return url.host === page.host && upgrades(page.protocol, url.protocol);
  const scheme = /^([a-z][a-z0-9+.-]*:)$/i.exec(source)?.[1]?.toLowerCase();
  if (scheme !== undefined) return upgrades(scheme, url.protocol);
  return matchesHost(source, url, page);
}

/** `http:` allows `https:` too. */
const upgrades = (allowed: string, protocol: string) =>
  allowed === protocol || (allowed === 'http:' && protocol === 'https:');

function matchesHost(source: string, url: URL, page: URL): boolean {
  const [, scheme, host = '', port, path = ''] =
    /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(\[[^\]]+\]|[^/:']+)(?::(\d+|\*))?(\/.*)?$/i.exec(source) ?? [];
  if (host === '' || !upgrades(scheme?.toLowerCase() ?? page.protocol, url.protocol)) return false;
  const name = host.toLowerCase();
  const sameHost = name.startsWith('*.') ? url.hostname.endsWith(name.slice(1)) : url.hostname === name;
  const samePort = port === '*' || (port ?? defaultPorts[url.protocol]) === portOf(url);
  const samePath = path === '' || (path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path);
  return sameHost && samePort && samePath;
}
