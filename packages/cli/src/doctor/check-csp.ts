import type {Answer} from './ask.js';
import {allowsUrl, allowsWasm, metaPolicies, parsePolicies, type Policy, sourcesFor} from './csp.js';
import {type Check, type Finding, ok} from './finding.js';
import {headerFix} from './header-fix.js';
import type {PageFile} from './page-files.js';
import type {Visit} from './visit.js';

/** What the page's policies, and those of its workers, must let the client do. */
export function checkPolicies(visit: Visit, page: Answer, html: string, files: readonly PageFile[]): Finding[] {
  const own = [...policiesOf(page), ...metaPolicies(html)];
  const workers = files.filter(({kind}) => kind === 'worker');
  if (own.length === 0 && workers.every(({answer}) => policiesOf(answer).length === 0))
    return [ok('csp-wasm', page.url, 'no content security policy')];
  const places = [
    {url: page.url, policies: own},
    ...workers.map(({answer}) => ({url: answer.url, policies: policiesOf(answer)})),
  ];
  return [
    first(visit, page, 'csp-wasm', places, allowsWasm, "script-src with 'wasm-unsafe-eval' (or 'unsafe-eval')"),
    checkWorkerSource(visit, page, own, workers),
    first(
      visit,
      page,
      'csp-connect',
      places,
      (policy, url) => registryFiles.every(file => allowsUrl(policy, 'connect-src', `${visit.registry}/${file}`, url)),
      `connect-src with ${new URL(visit.registry).origin}`,
    ),
  ];
}

/** A policy may name folders: the channel alone is no model. */
const registryFiles = ['channels/prod.json', 'manifests/x.json', 'blobs/x'];

const policiesOf = ({header}: Answer): Policy[] => parsePolicies(header('content-security-policy'));

/** A worker that comes over the network has a policy of its own, and none of the page's. */
function first(
  visit: Visit,
  page: Answer,
  check: Check,
  places: readonly {url: string; policies: Policy[]}[],
  allows: (policy: Policy, url: string) => boolean,
  expected: string,
): Finding {
  for (const {url, policies} of places) {
    const strict = policies.find(policy => !allows(policy, url));
    if (!strict) continue;
    const sources = sourcesFor(strict, check === 'csp-wasm' ? 'script-src' : 'connect-src') ?? [];
    return {
      check,
      level: 'error',
      where: url,
      expected,
      got: sources.join(' ') || "'none'",
      fix: policyFix(visit, page),
    };
  }
  return ok(check, page.url, expected);
}

function checkWorkerSource(visit: Visit, page: Answer, own: readonly Policy[], workers: readonly PageFile[]): Finding {
  const urls = workers.length > 0 ? workers.map(({answer}) => answer.url) : [new URL('/worker.js', page.url).href];
  for (const url of urls) {
    const strict = own.find(policy => !allowsUrl(policy, 'worker-src', url, page.url));
    if (!strict) continue;
    const got = (sourcesFor(strict, 'worker-src') ?? []).join(' ') || "'none'";
    return {
      check: 'csp-worker',
      level: 'error',
      where: page.url,
      expected: `worker-src that allows ${url}`,
      got,
      fix: policyFix(visit, page),
    };
  }
  return ok('csp-worker', page.url, 'workers of the page’s own origin may start');
}

function policyFix({registry}: Visit, page: Answer) {
  const {origin} = new URL(registry);
  const connect = origin === new URL(page.url).origin ? "'self'" : `'self' ${origin}`;
  const policy = `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src ${connect}`;
  return headerFix(
    'send this policy with the page and its scripts, besides what else your page needs (connect-src: the collector too); a <meta> policy counts as well',
    '/',
    {
      'Content-Security-Policy': policy,
    },
  );
}
