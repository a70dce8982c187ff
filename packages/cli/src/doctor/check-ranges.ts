import type {NamedBlob} from '../registry/named.js';
import {type Finding, type Fix, ok} from './finding.js';
import {headerFix} from './header-fix.js';
import {statusText, type Visit} from './visit.js';

const rangeFix: Fix = {
  advice:
    'let the host answer byte ranges of the stored file: no compression, no transformation, no function in between',
  hosts: {
    nginx: 'location /blobs/ { gzip off; max_ranges 1; }  # and no sub_filter, ssi or addition there',
    apache: '<Location "/blobs/">\n  SetEnv no-gzip 1\n  MaxRanges default\n</Location>',
    'cloudflare-pages': 'Pages may answer 200 to a range: put the registry into an R2 bucket with a custom domain',
    'cloudflare-r2':
      'use the custom domain of the bucket, not a Worker that reads the whole object; in a Worker pass {range: request.headers} to get()',
    's3-cloudfront': 'CloudFront > Behaviours: Compress objects automatically: No; no Lambda@Edge on these paths',
    netlify: 'serve the files as static ones, not through a function or a proxied rewrite',
    vercel: 'serve the files from public/, not through a function',
    'github-pages': 'GitHub Pages answers ranges: is a proxy in between?',
    firebase: 'serve the files from Hosting or a bucket, not through a function',
    'kedge-serve': 'kedge serve answers ranges: is a proxy in between that drops them?',
  },
};

const identity = {'accept-encoding': 'identity'};

interface Span {
  start: number;
  end: number;
}

/** Enough to show a host that answers a few bytes rightly and no more; devices ask for up to 32 MiB. */
const realisticBytes = 4 * 2 ** 20;

/** One byte at the start, in the middle and at the end; then as a device asks for the rest of a download that was cut off. */
export async function checkRange(visit: Visit, url: string, {bytes}: NamedBlob): Promise<Finding> {
  const single = [...new Set([0, Math.floor(bytes / 2), bytes - 1])].map(start => ({start, end: start + 1}));
  const rest = {start: Math.max(bytes - realisticBytes, Math.floor(bytes / 2)), end: bytes};
  for (const span of [...single, rest]) {
    const got = await rangeProblem(visit, url, bytes, span);
    if (got !== undefined)
      return {
        ...{
          check: 'range',
          level: 'error',
          where: url,
          expected: '206 with exactly the bytes that were asked for',
          got,
        },
        fix: rangeFix,
      };
  }
  return ok(
    'range',
    url,
    '206 with exact Content-Range at the first, middle and last byte, and for the rest of the file',
  );
}

/** As the Fetch standard has browsers ask for ranges. Whether they are the right bytes, digests tell. @returns what is wrong with the answer */
async function rangeProblem(visit: Visit, url: string, bytes: number, {start, end}: Span): Promise<string | undefined> {
  const asked = `bytes=${start}-${end - 1}`;
  const {status, header, body} = await visit.ask(url, {headers: {...identity, range: asked}}, end - start + 1);
  const range = header('content-range');
  const encoding = header('content-encoding').replace('identity', '');
  if (status !== 206) return `${statusText(status)} for ${asked}`;
  if (range !== `bytes ${start}-${end - 1}/${bytes}`)
    return `Content-Range ${range || 'missing'} for ${asked} of ${bytes}`;
  if (encoding) return `Content-Encoding ${encoding} for ${asked}, though identity was asked for`;
  if (body.length > end - start) return `more than ${end - start} bytes for ${asked}`;
  return body.length < end - start ? `${body.length} bytes for ${asked}` : undefined;
}

export async function checkBeyond(visit: Visit, url: string, {bytes}: NamedBlob): Promise<Finding> {
  const {status, header} = await visit.ask(url, {headers: {...identity, range: `bytes=${bytes}-${bytes + 9}`}}, 1);
  const total = header('content-range');
  // RFC 9110 asks for Content-Range on 416 with SHOULD; some hosts leave it out.
  if (status === 416 && (total === '' || total === `bytes */${bytes}`)) return ok('range-beyond', url, '416');
  return {
    ...{check: 'range-beyond', level: status === 206 ? 'error' : 'warning', where: url},
    expected: `416 for bytes that begin at the end (${bytes})`,
    got: `${statusText(status)}${total ? ` with Content-Range ${total}` : ''}`,
    fix: rangeFix,
  };
}

/** A device asks so only on its own origin: elsewhere it would cost a preflight. */
export async function checkIfRange(visit: Visit, url: string, etag: string): Promise<Finding> {
  if (!/^"/.test(etag)) return ok('if-range', url, 'not used: there is no strong ETag');
  const asked = (tag: string) => visit.ask(url, {headers: {...identity, range: 'bytes=0-0', 'if-range': tag}}, 2);
  const [same, other] = [await asked(etag), await asked('"another-file"')];
  if (same.status === 206 && other.status === 200) return ok('if-range', url, '206 for its ETag, 200 for another');
  return {
    ...{check: 'if-range', level: 'warning', where: url, expected: '206 for its ETag, 200 for another'},
    got: `${statusText(same.status)} for its ETag, ${statusText(other.status)} for another`,
    fix: {
      ...rangeFix,
      advice:
        'let the host look at If-Range: else a proxy may join pieces of two files (the digests find that out, and the download begins anew)',
    },
  };
}

export async function checkHead(visit: Visit, url: string, {bytes}: NamedBlob): Promise<Finding> {
  const {status, header} = await visit.ask(url, {method: 'HEAD', headers: identity});
  const length = header('content-length');
  if (status === 200 && length === String(bytes)) return ok('head', url, `200, Content-Length ${bytes}`);
  return {
    ...{check: 'head', level: 'warning', where: url, expected: `200, Content-Length ${bytes}`},
    got: `${statusText(status)}, Content-Length ${length || 'missing'}`,
    fix: {advice: 'allow HEAD, and send the stored file’s length', hosts: {}},
  };
}

/** Ranges of compressed bytes are not ranges of the file; a whole one only costs the host and hides the length. */
export async function checkCompression(visit: Visit, url: string, path: string): Promise<Finding> {
  const ranged = await visit.ask(url, {headers: {range: 'bytes=0-0'}}, 16);
  const whole = await visit.ask(url, {}, 1);
  const encodings = [ranged, whole].map(({header}) => header('content-encoding').replace('identity', ''));
  if (encodings.every(encoding => encoding === '')) return ok('compression', url, 'blobs come as they are stored');
  const noTransform = headerFix('', path, {'Cache-Control': 'public, max-age=31536000, immutable, no-transform'});
  return {
    ...{check: 'compression', level: encodings[0] ? 'error' : 'warning', where: url, expected: 'no Content-Encoding'},
    got: `Content-Encoding ${encodings[0] || encodings[1]}${encodings[0] ? ' on a range' : ' on the whole file'}`,
    fix: {
      advice: 'switch compression off for blobs: weights hardly shrink, and ranges would count compressed bytes',
      hosts: {
        ...noTransform.hosts,
        nginx: rangeFix.hosts.nginx!,
        apache: rangeFix.hosts.apache!,
        's3-cloudfront': rangeFix.hosts['s3-cloudfront']!,
      },
    },
  };
}
