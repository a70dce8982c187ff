import {randomBytes} from 'node:crypto';
import type {Answer, Head} from './ask.js';
import {type Finding, type Fix, ok} from './finding.js';
import {headerFix} from './header-fix.js';
import {statusText, type Visit} from './visit.js';

type Kind = 'channels' | 'manifests' | 'blobs';

const typeOf: Record<Kind, string> = {
  channels: 'application/json',
  manifests: 'application/json',
  blobs: 'application/octet-stream',
};

/** The folder's path on its host: `/registry/blobs/`. */
export const pathOf = ({registry}: Visit, kind: Kind) => `${new URL(registry).pathname.replace(/\/$/, '')}/${kind}/`;

export function checkTypes(visit: Visit, heads: Partial<Record<Kind, Head>>): Finding[] {
  const wrong = Object.entries(heads).flatMap(([kind, {url, header}]): Finding[] => {
    const expected = typeOf[kind as Kind];
    const got = header('content-type');
    if (got.split(';')[0]!.trim().toLowerCase() === expected) return [];
    const fix = headerFix('send the right type', pathOf(visit, kind as Kind), {'Content-Type': expected});
    const bucket = `aws s3 cp s3://BUCKET/${kind}/ s3://BUCKET/${kind}/ --recursive --metadata-directive REPLACE --content-type ${expected} --cache-control "${cacheOf(kind as Kind)}"`;
    const hosts = {
      ...fix.hosts,
      nginx: `location ${pathOf(visit, kind as Kind)} { types { } default_type ${expected}; }`,
      apache: `<Location "${pathOf(visit, kind as Kind)}">\n  ForceType ${expected}\n</Location>`,
      's3-cloudfront': bucket,
    };
    const level = /text\/html/i.test(got) ? 'error' : 'warning';
    return [
      {
        check: 'types',
        level,
        where: url,
        expected,
        got: got || 'no Content-Type',
        fix: {advice: 'send the right type', hosts},
      },
    ];
  });
  return wrong.length > 0
    ? wrong
    : [ok('types', visit.registry, 'JSON for releases and manifests, octet-stream for blobs')];
}

const immutable = 'public, max-age=31536000, immutable, no-transform';
const short = 'public, max-age=60';
const cacheOf = (kind: Kind) => (kind === 'channels' ? short : immutable);

function cacheFix(visit: Visit, kind: Kind, advice: string): Fix {
  const fix = headerFix(advice, pathOf(visit, kind), {'Cache-Control': cacheOf(kind)});
  const s3 = `aws s3 cp registry/${kind} s3://BUCKET/${kind} --recursive --content-type ${typeOf[kind]} --cache-control "${cacheOf(kind)}"`;
  return {
    advice,
    hosts: {
      ...fix.hosts,
      's3-cloudfront': s3,
      'cloudflare-r2': `rclone copy registry/${kind} r2:BUCKET/${kind} --header-upload "Cache-Control: ${cacheOf(kind)}"`,
    },
  };
}

interface Directives {
  flags: Set<string>;
  /** Seconds that any cache may keep it; undefined when nothing says. */
  seconds: number | undefined;
}

function directivesOf({header}: Head): Directives {
  const parts = header('cache-control')
    .toLowerCase()
    .split(',')
    .map(part => part.trim());
  const numbers = ['s-maxage', 'max-age'].flatMap(name =>
    parts.flatMap(part => new RegExp(`^${name}=(\\d+)$`).exec(part)?.[1] ?? []),
  );
  return {flags: new Set(parts), seconds: numbers.length > 0 ? Math.max(...numbers.map(Number)) : undefined};
}

/** Files that are named by their content never change; proxies must not change them either. */
export function checkImmutable(visit: Visit, heads: {manifests?: Head; blobs?: Head}): Finding[] {
  const wrong = Object.entries(heads).flatMap(([kind, head]): Finding[] => {
    const {flags, seconds = 0} = directivesOf(head);
    const missing = [
      ...(flags.has('no-store') || seconds < 31_536_000 ? ['max-age=31536000'] : []),
      ...['immutable', 'no-transform'].filter(flag => !flags.has(flag)),
    ];
    if (missing.length === 0) return [];
    return [
      {
        ...{check: 'immutable', level: 'warning', where: head.url, expected: `Cache-Control: ${immutable}`},
        got: `${head.header('cache-control') || 'no Cache-Control'} (lacks ${missing.join(', ')})`,
        fix: cacheFix(
          visit,
          kind as Kind,
          'let every cache keep these files for good, unchanged: they are named by their content',
        ),
      },
    ];
  });
  return wrong.length > 0
    ? wrong
    : [ok('immutable', visit.registry, 'manifests and blobs are immutable, no-transform')];
}

/** Five minutes are fine; an hour is too long for an emergency. */
const longestSeconds = 300;
const intolerableSeconds = 3600;

/** What keeps a release keeps a kill switch from working. */
export function checkChannelCache(visit: Visit, head: Head): Finding {
  const {flags, seconds} = directivesOf(head);
  const got = head.header('cache-control') || 'no Cache-Control';
  const ageSeconds = Number(head.header('age') || 0);
  const base = {check: 'channel-cache' as const, where: head.url, expected: `Cache-Control: ${short}`};
  const fix = cacheFix(
    visit,
    'channels',
    'let a release be kept for a minute only: whatever keeps it longer delays kill and rollback',
  );
  const revalidates = flags.has('no-cache') || (flags.has('max-age=0') && seconds === 0);
  const keptSeconds = flags.has('immutable') ? Infinity : Math.max(seconds ?? 0, ageSeconds);
  const level = keptSeconds > intolerableSeconds ? 'error' : 'warning';
  const held = ageSeconds > longestSeconds ? `; a cache has held it for ${ageSeconds} s (Age)` : '';
  if (keptSeconds > longestSeconds) return {...base, level, got: `${got}${held}`, fix};
  if (flags.has('no-store')) return {...base, level: 'warning', got: `${got}: every look costs the whole file`, fix};
  if (seconds === undefined && !revalidates)
    return {...base, level: 'warning', got: `${got}: caches keep it for as long as they guess`, fix};
  return ok('channel-cache', head.url, got);
}

const etagFix: Fix = {
  advice: 'send a strong ETag (no W/): it makes polling cheap, and lets a download go on after a break',
  hosts: {
    nginx: 'etag on; gzip off;  # in this location: compression makes ETags weak',
    apache: 'FileETag MTime Size\nSetEnv no-gzip 1',
    's3-cloudfront': 'CloudFront > Behaviours: Compress objects automatically: No (compression makes ETags weak)',
    'cloudflare-pages':
      'Rules > Configuration Rules, for these paths: switch off what changes files (Email Obfuscation, Rocket Loader); no-transform keeps ETags strong',
    'kedge-serve': 'kedge serve sends one: is a proxy in between that compresses?',
  },
};

export function checkEtag(visit: Visit, heads: readonly Head[]): Finding {
  const weak = heads.find(({header}) => !header('etag').startsWith('"'));
  if (!weak) return ok('etag', visit.registry, 'strong ETags');
  return {
    ...{check: 'etag', level: 'warning', where: weak.url, expected: 'a strong ETag'},
    ...{got: weak.header('etag') || 'none', fix: etagFix},
  };
}

export async function checkNotModified(visit: Visit, channel: Head): Promise<Finding> {
  const etag = channel.header('etag');
  if (etag === '') return ok('not-modified', channel.url, 'not used: there is no ETag');
  const {status} = await visit.ask(channel.url, {headers: {'if-none-match': etag}}, 1);
  if (status === 304) return ok('not-modified', channel.url, '304 for its own ETag');
  const fix = {...etagFix, advice: 'answer 304 to If-None-Match: devices ask every few minutes'};
  return {
    check: 'not-modified',
    level: 'warning',
    where: channel.url,
    expected: '304 for its own ETag',
    got: statusText(status),
    fix,
  };
}

const missingFix: Fix = {
  advice: 'answer 404 for files that are not there; the start page of an app must not stand in for registry files',
  hosts: {
    nginx: 'location ~ ^/(blobs|manifests|channels)/ { try_files $uri =404; }',
    apache: '<LocationMatch "^/(blobs|manifests|channels)/">\n  FallbackResource disabled\n</LocationMatch>',
    'cloudflare-pages':
      'add a 404.html at the top of the deployment (without it Pages answers with index.html); Workers: "assets": {"not_found_handling": "404-page"}',
    's3-cloudfront':
      'CloudFront > Error pages: remove the rule that turns 403 or 404 into /index.html with 200, or serve the registry from a distribution of its own',
    netlify:
      '# _redirects, before the line /* /index.html 200\n/blobs/* /404.html 404\n/manifests/* /404.html 404\n/channels/* /404.html 404',
    vercel:
      '// vercel.json\n{"rewrites": [{"source": "/((?!blobs/|manifests/|channels/).*)", "destination": "/index.html"}]}',
    firebase:
      '// firebase.json\n{"hosting": {"rewrites": [{"source": "!/@(blobs|manifests|channels)/**", "destination": "/index.html"}]}}',
    'github-pages': 'GitHub Pages answers 404: is a proxy in between?',
    'kedge-serve': 'kedge serve answers 404: is a proxy in between?',
  },
};

/** Random addresses, so that no file has them. */
export async function checkMissing(visit: Visit): Promise<Finding[]> {
  const name = randomBytes(32).toString('hex');
  const urls = [`${visit.registry}/blobs/${name}`, `${visit.registry}/manifests/${name}.json`];
  const answers = await Promise.all(urls.map(url => visit.ask(url, {}, 256)));
  const soft = answers.find(({status}) => ![403, 404, 410].includes(status));
  const first: Finding = soft
    ? softMissing(soft)
    : ok('missing', visit.registry, `${answers[0]!.status} for what is not there`);
  return [first, checkMissingCache(visit, answers)];
}

function softMissing({status, url, header, hops, body}: Answer): Finding {
  const isHtml =
    header('content-type').includes('text/html') || /^\s*<(!doctype|html)/i.test(Buffer.from(body).toString());
  const redirected = hops.length > 0 ? `a redirect to ${url}, ` : '';
  return {
    ...{check: 'missing', level: status >= 500 ? 'warning' : 'error', where: hops[0] ?? url, expected: '404'},
    got: `${redirected}${statusText(status)}${isHtml ? ' with an HTML page' : ''}`,
    fix: missingFix,
  };
}

function checkMissingCache(visit: Visit, answers: readonly Answer[]): Finding {
  const kept = answers.find(head => {
    const {flags, seconds = 0} = directivesOf(head);
    return head.status >= 400 && (flags.has('immutable') || seconds > longestSeconds);
  });
  if (!kept) return ok('missing-cache', visit.registry, 'errors are not kept');
  return {
    ...{check: 'missing-cache', level: 'warning', where: kept.url, expected: `no long max-age on ${kept.status}`},
    got: `${kept.header('cache-control')}: a device that asks too early is told so for as long`,
    fix: {
      advice: 'send the long Cache-Control with files only, not with errors',
      hosts: {
        nginx: `map $status $kedge_cache { ~^[23] "${immutable}"; default "no-store"; }  # in http; then: add_header Cache-Control $kedge_cache always;`,
        apache: `Header set Cache-Control "${immutable}" "expr=%{REQUEST_STATUS} < 400"`,
      },
    },
  };
}
