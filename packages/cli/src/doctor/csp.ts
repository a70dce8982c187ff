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
  const tags = html.replace(/<!--.*?-->/gs, '').match(/<meta\b[^>]*>/gi) ?? [];
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
  if (!sources || (directive === 'worker-src' && trustsScripts(policy))) return true;
  return sources.some(source => matches(source, new URL(url), new URL(page)));
}

/** Then a script may start any worker, unless workers have a directive of their own. */
function trustsScripts(policy: Policy): boolean {
  if (policy.has('worker-src') || policy.has('child-src')) return false;
  return (sourcesFor(policy, 'script-src') ?? []).some(source => source.toLowerCase() === "'strict-dynamic'");
}

function matches(source: string, url: URL, page: URL): boolean {
  if (source === '*') return /^(http|ws)s?:$/.test(url.protocol) || url.protocol === page.protocol;
  if (source.toLowerCase() === "'self'") return isSelf(url, page);
  const scheme = /^([a-z][a-z0-9+.-]*:)$/i.exec(source)?.[1]?.toLowerCase();
  if (scheme !== undefined) return scheme === url.protocol || upgrades(scheme, url.protocol);
  return matchesHost(source, url, page);
}

/** The page's host and port, by a scheme that is as safe at least. */
function isSelf(url: URL, page: URL): boolean {
  const isSafer = /^(https|wss):$/.test(url.protocol) || (page.protocol === 'http:' && url.protocol === 'ws:');
  return url.host === page.host && (url.protocol === page.protocol || isSafer);
}

/** Not from `ws:` to `http:`, though CSP 3 says so: browsers keep sockets and requests apart. */
const upgrades = (allowed: string, protocol: string) =>
  (allowed === 'http:' && protocol === 'https:') || (allowed === 'ws:' && protocol === 'wss:');

/** Neither grammar nor browsers know IPv6 addresses; what follows a path (`?`, `#`) browsers leave out. */
const hostSource =
  /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?)(?::(\d+|\*))?(\/[^?#]*)?(?:[?#].*)?$/i;

function matchesHost(source: string, url: URL, page: URL): boolean {
  const [, scheme = page.protocol, host, port, path = ''] = hostSource.exec(source) ?? [];
  if (host === undefined || !matchesName(host.toLowerCase(), url.hostname)) return false;
  return matchesSchemeAndPort(scheme.toLowerCase(), port, url) && matchesPath(path, url.pathname);
}

function matchesName(host: string, name: string): boolean {
  if (host === '*') return true;
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host;
}

const defaultPorts: Record<string, string> = {'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443'};

/** Browsers take a safer scheme only with its own port: `http://host:8080` is not `https://host:8080`. */
function matchesSchemeAndPort(scheme: string, port: string | undefined, {protocol, port: own}: URL): boolean {
  const isUpgrade = upgrades(scheme, protocol);
  if (scheme !== protocol && !isUpgrade) return false;
  if (port === '*') return true;
  if (port === undefined) return own === '';
  return isUpgrade ? port === '80' && own === '' : Number(port) === Number(own || defaultPorts[protocol]);
}

/** With a slash at its end a folder and all that is in it, else one file. */
function matchesPath(path: string, pathname: string): boolean {
  const [wanted, got] = [decoded(path), decoded(pathname)];
  return wanted === '' || (wanted.endsWith('/') ? got.startsWith(wanted) : got === wanted);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
