import {randomBytes} from 'node:crypto';
import type {Head} from './ask.js';
import {type Finding, type Fix, type Level, ok} from './finding.js';
import {headerFix} from './header-fix.js';
import {isCrossOrigin, statusText, type Visit} from './visit.js';

const exposed = ['Content-Range', 'Content-Length', 'ETag', 'Retry-After'] as const;
const openHeaders = {'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': exposed.join(', ')};

const corsHosts: Fix['hosts'] = {
  // nginx adds headers a second time to a 416, and browsers refuse the doubled value.
  nginx:
    'map $status $kedge_origin { volatile; 416 ""; default "*"; }  # in http; then, beside the other add_header lines:\nadd_header Access-Control-Allow-Origin $kedge_origin always;\nadd_header Access-Control-Expose-Headers "Content-Range, Content-Length, ETag, Retry-After" always;',
  's3-cloudfront':
    'CloudFront > Policies > Response headers > CORS: Access-Control-Allow-Origin *, Expose-Headers Content-Range, Content-Length, ETag, Retry-After, Allow-Methods GET HEAD, Allow-Headers Range; attach it to the behaviour (override origin: yes)',
  'cloudflare-r2':
    'R2 > bucket > Settings > CORS: [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "HEAD"], "AllowedHeaders": ["range", "if-none-match"], "ExposeHeaders": ["Content-Range", "Content-Length", "ETag", "Retry-After"], "MaxAgeSeconds": 86400}]',
};

function corsFix(advice: string): Fix {
  const fix = headerFix(advice, '/', openHeaders);
  return {
    advice,
    hosts: {
      ...fix.hosts,
      'github-pages': 'GitHub Pages sends Access-Control-Allow-Origin: * but exposes no header; devices manage without',
      ...corsHosts,
    },
  };
}

/** Each kind of file, and each kind of answer: a host may send the header on one and not on another. */
export function checkCors(visit: Visit, heads: readonly Head[]): Finding[] {
  const {registry, origin} = visit;
  if (!isCrossOrigin(visit)) return [ok('cors', registry, `not asked: the page is of the same origin (${origin})`)];
  const closed = heads.find(({header}) => !allows(header('access-control-allow-origin'), origin));
  const level: Level = visit.originKnown ? 'error' : 'warning';
  const findings: Finding[] = [];
  if (closed)
    findings.push({
      ...{check: 'cors', level, where: closed.url, expected: `Access-Control-Allow-Origin: * (or ${origin})`},
      got: `${closed.header('access-control-allow-origin') || 'no such header'} on status ${closed.status}`,
      fix: corsFix('let pages of other origins read the registry: its files are public and signed'),
    });
  else
    findings.push(
      ok('cors', registry, `pages of ${origin} may read releases, manifests, blobs and ranges`),
      checkVary(visit, heads),
    );
  return [...findings, checkExposed(visit, heads)];
}

const allows = (value: string, origin: string) => value === '*' || value === origin;

/** A cache that keeps the answer for one origin must not give it to another. */
function checkVary({registry}: Visit, heads: readonly Head[]): Finding {
  const one = heads.find(
    ({header}) => header('access-control-allow-origin') !== '*' && !/\borigin\b|\*/i.test(header('vary')),
  );
  if (!one) return ok('cors', registry, 'the same for every origin, or told apart by Vary');
  return {
    ...{check: 'cors', level: 'warning', where: one.url, expected: 'Access-Control-Allow-Origin: *, or Vary: Origin'},
    got: `${one.header('access-control-allow-origin')} without Vary: a cache may give it to another origin, which is then refused`,
    fix: corsFix('send * instead of one origin'),
  };
}

function checkExposed({registry}: Visit, heads: readonly Head[]): Finding {
  for (const {header, url} of heads) {
    const list = header('access-control-expose-headers').toLowerCase();
    // Content-Length needs no permission any more, but older browsers ask for it.
    const missing =
      list.trim() === '*' ? [] : exposed.filter(name => !list.split(/\s*,\s*/).includes(name.toLowerCase()));
    if (missing.length === 0) continue;
    return {
      ...{check: 'exposed-headers', level: 'warning', where: url},
      expected: `Access-Control-Expose-Headers: ${exposed.join(', ')}`,
      got: `${list || 'no such header'}: ${missing.join(', ')} can't be seen: a wrong range is found out only by its digest, and no pause that the host asks for is kept`,
      fix: corsFix('expose the headers that tell a range, and how long to wait'),
    };
  }
  return ok('exposed-headers', registry, exposed.join(', '));
}

/** A single range needs none in browsers of today; older ones ask first. */
export async function checkPreflight(visit: Visit, url: string): Promise<Finding> {
  if (!isCrossOrigin(visit)) return ok('preflight', url, 'not asked: the page is of the same origin');
  const headers = {'access-control-request-method': 'GET', 'access-control-request-headers': 'range'};
  const {status, header} = await visit.ask(url, {method: 'OPTIONS', headers});
  const allowed = header('access-control-allow-headers');
  const passes = status >= 200 && status < 300 && allows(header('access-control-allow-origin'), visit.origin);
  if (passes && /(^|[\s,])(range|\*)($|[\s,])/i.test(allowed)) return ok('preflight', url, `${status}, ${allowed}`);
  return {
    ...{check: 'preflight', level: 'warning', where: `OPTIONS ${url}`},
    expected: '204 with Access-Control-Allow-Headers: Range',
    got: `${statusText(status)}, ${allowed || 'no Access-Control-Allow-Headers'}`,
    fix: {
      advice: 'answer preflights: browsers from before 2023 send one for a Range request',
      hosts: {
        ...corsHosts,
        nginx:
          'if ($request_method = OPTIONS) {\n  add_header Access-Control-Allow-Origin * always;\n  add_header Access-Control-Allow-Headers "Range, If-None-Match, If-Range" always;\n  add_header Access-Control-Max-Age 86400 always;\n  return 204;\n}',
        apache:
          'Header always set Access-Control-Allow-Headers "Range, If-None-Match, If-Range"\nRewriteEngine On\nRewriteCond %{REQUEST_METHOD} =OPTIONS\nRewriteRule ^ - [R=204,L]',
        'cloudflare-pages':
          'static hosting answers no OPTIONS: use an R2 bucket with a CORS policy where old browsers matter',
        netlify: 'static hosting answers no preflight of its own: old browsers only, safe to leave',
        'github-pages': 'GitHub Pages answers no preflight: old browsers only, safe to leave',
      },
    },
  };
}

/** Without the header on errors, a page sees a failed request and no status, and can't tell 404 from a broken line. */
export async function checkErrorCors(visit: Visit, url: string, bytes: number): Promise<Finding> {
  if (!isCrossOrigin(visit)) return ok('cors-on-errors', url, 'not asked: the page is of the same origin');
  const beyond = await visit.ask(url, {headers: {'accept-encoding': 'identity', range: `bytes=${bytes}-`}}, 1);
  const missing = await visit.ask(`${visit.registry}/blobs/${randomBytes(32).toString('hex')}`, {}, 1);
  const closed = [missing, beyond].find(
    ({status, header}) => status >= 400 && !allows(header('access-control-allow-origin'), visit.origin),
  );
  if (!closed) return ok('cors-on-errors', visit.registry, 'pages see the status of errors');
  return {
    ...{check: 'cors-on-errors', level: 'warning', where: closed.url},
    expected: 'Access-Control-Allow-Origin on errors too',
    got: `${closed.header('access-control-allow-origin') || 'none'} on ${closed.status}: to a page it looks like a broken connection, and is tried again`,
    fix: corsFix('send the header on every status, once (nginx and Apache: always)'),
  };
}

/** Files are fetched in CORS mode, which CORP does not touch; a strict value breaks what embeds them otherwise. */
export function checkCorp(visit: Visit, heads: readonly Head[]): Finding {
  const strict = heads.find(({header}) => /same-(origin|site)/.test(header('cross-origin-resource-policy')));
  if (!strict || !isCrossOrigin(visit))
    return ok('corp', visit.registry, 'Cross-Origin-Resource-Policy lets pages of other origins load the files');
  return {
    ...{check: 'corp', level: 'warning', where: strict.url, expected: 'Cross-Origin-Resource-Policy: cross-origin'},
    got: strict.header('cross-origin-resource-policy'),
    fix: headerFix('open the files to pages of other origins, isolated ones too', '/', {
      'Cross-Origin-Resource-Policy': 'cross-origin',
    }),
  };
}
