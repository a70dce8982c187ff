import {gzipSync} from 'node:zlib';
import {type Fault, html, isBlob, isChannel, isFile, isRange, withHeaders} from './fault.js';

/** Faults of what serves the registry. */
export const registryFaults: readonly Fault[] = [
  ['nothing', answer => answer, {}],
  [
    'ranges ignored',
    (answer, request) =>
      isBlob(request) && answer.status === 206
        ? {...answer, status: 200, headers: {...answer.headers, 'content-range': ''}}
        : answer,
    {range: 'error', 'if-range': 'warning'},
  ],
  [
    'a range one byte off',
    withHeaders((request, {status}) => isBlob(request) && status === 206, {'content-range': 'bytes 1-1/600000'}),
    {range: 'error'},
  ],
  [
    'a range that is longer than it says',
    (answer, request) =>
      isBlob(request) && answer.status === 206
        ? {
            ...answer,
            body: Buffer.concat([answer.body, answer.body]),
            headers: {...answer.headers, 'content-length': String(answer.body.length * 2)},
          }
        : answer,
    {range: 'error'},
  ],
  [
    'a long range answered with the whole file',
    (answer, request) =>
      isBlob(request) && answer.status === 206 && answer.body.length > 1000
        ? {...answer, status: 200, headers: {...answer.headers, 'content-range': ''}}
        : answer,
    {range: 'error'},
  ],
  [
    'a long range cut short, and a length to match',
    (answer, request) =>
      isBlob(request) && answer.status === 206 && answer.body.length > 1000
        ? {...answer, headers: {...answer.headers, 'content-length': '1000'}, body: answer.body.subarray(0, 1000)}
        : answer,
    {range: 'error'},
  ],
  [
    'a long range compressed, whatever was asked for',
    (answer, request) => {
      if (!isBlob(request) || answer.status !== 206 || answer.body.length <= 1000) return answer;
      const body = gzipSync(answer.body);
      const headers = {...answer.headers, 'content-encoding': 'gzip', 'content-length': String(body.length)};
      return {...answer, headers, body};
    },
    {range: 'error'},
  ],
  [
    'no 416',
    (answer, request) => (isBlob(request) && answer.status === 416 ? {...answer, status: 200} : answer),
    {'range-beyond': 'warning'},
  ],
  [
    'If-Range ignored',
    (answer, request) =>
      isBlob(request) && request.headers['if-range'] === '"another-file"'
        ? {
            ...answer,
            status: 206,
            headers: {...answer.headers, 'content-range': 'bytes 0-0/600000', 'content-length': '1'},
            body: answer.body.subarray(0, 1),
          }
        : answer,
    {'if-range': 'warning'},
  ],
  ['no HEAD', (answer, {method}) => (method === 'HEAD' ? {...answer, status: 405} : answer), {head: 'warning'}],
  [
    'compressed ranges',
    (answer, request) =>
      isBlob(request) && isRange(request) && String(request.headers['accept-encoding']).includes('gzip')
        ? {
            ...answer,
            headers: {
              ...answer.headers,
              'content-encoding': 'gzip',
              'content-length': String(gzipSync(answer.body).length),
            },
            body: gzipSync(answer.body),
          }
        : answer,
    {compression: 'error'},
  ],
  [
    'compressed blobs',
    (answer, request) =>
      isBlob(request) && answer.status === 200 && String(request.headers['accept-encoding']).includes('gzip')
        ? {
            ...answer,
            headers: {...answer.headers, 'content-encoding': 'br', 'content-length': String(answer.body.length)},
          }
        : answer,
    {compression: 'warning'},
  ],
  [
    'no CORS',
    withHeaders(isFile, {'access-control-allow-origin': undefined, 'access-control-expose-headers': undefined}),
    {cors: 'error', 'cors-on-errors': 'warning', 'exposed-headers': 'warning', preflight: 'warning'},
  ],
  [
    'CORS for another origin',
    withHeaders(isFile, {'access-control-allow-origin': 'https://other.example'}),
    {cors: 'error', 'cors-on-errors': 'warning', preflight: 'warning'},
  ],
  [
    'CORS on ranges only',
    withHeaders((request, {status}) => isBlob(request) && status === 200, {'access-control-allow-origin': undefined}),
    {cors: 'error'},
  ],
  [
    'one origin without Vary',
    withHeaders(isFile, {'access-control-allow-origin': 'https://app.example'}),
    {cors: 'warning'},
  ],
  [
    'CORS on success only',
    withHeaders((request, {status}) => isFile(request) && status >= 400, {'access-control-allow-origin': undefined}),
    {'cors-on-errors': 'warning'},
  ],
  [
    'hidden pauses',
    withHeaders(isFile, {'access-control-expose-headers': 'Content-Range, Content-Length, ETag'}),
    {'exposed-headers': 'warning'},
  ],
  ['hidden headers', withHeaders(isFile, {'access-control-expose-headers': 'ETag'}), {'exposed-headers': 'warning'}],
  [
    'no preflight',
    (answer, {method}) => (method === 'OPTIONS' ? {...answer, status: 405} : answer),
    {preflight: 'warning'},
  ],
  ['CORP of one site', withHeaders(isFile, {'cross-origin-resource-policy': 'same-site'}), {corp: 'warning'}],
  [
    'blobs as text',
    withHeaders((request, {status}) => isBlob(request) && status < 400, {'content-type': 'text/plain'}),
    {types: 'warning'},
  ],
  [
    'releases as HTML',
    withHeaders((request, {status}) => isChannel(request) && status < 400, {'content-type': 'text/html'}),
    {types: 'error'},
  ],
  [
    'the start page for what is missing',
    (answer, request) => (isFile(request) && answer.status === 404 ? html : answer),
    {missing: 'error'},
  ],
  [
    'a redirect for what is missing',
    (answer, request) =>
      isFile(request) && answer.status === 404 ? {...answer, status: 302, headers: {location: '/'}} : answer,
    {missing: 'error', redirects: 'warning'},
  ],
  [
    '500 for what is missing',
    (answer, request) => (isFile(request) && answer.status === 404 ? {...answer, status: 500} : answer),
    {missing: 'warning'},
  ],
  [
    'errors kept for a year',
    withHeaders((_, {status}) => status === 404, {'cache-control': 'public, max-age=31536000, immutable'}),
    {'missing-cache': 'warning'},
  ],
  [
    'blobs kept for an hour',
    withHeaders((request, {status}) => isBlob(request) && status < 400, {
      'cache-control': 'public, max-age=3600, no-transform, immutable',
    }),
    {immutable: 'warning'},
  ],
  [
    'manifests that proxies may change',
    withHeaders(({url}, {status}) => url!.startsWith('/manifests/') && status < 400, {
      'cache-control': 'public, max-age=31536000, immutable',
    }),
    {immutable: 'warning'},
  ],
  [
    'releases kept for a day',
    withHeaders(isChannel, {'cache-control': 'public, max-age=86400'}),
    {'channel-cache': 'error'},
  ],
  [
    'releases kept by a CDN',
    withHeaders(isChannel, {'cache-control': 'public, max-age=60, s-maxage=7200'}),
    {'channel-cache': 'error'},
  ],
  ['releases that a CDN has held for long', withHeaders(isChannel, {age: '4000'}), {'channel-cache': 'error'}],
  [
    'releases kept for ten minutes',
    withHeaders(isChannel, {'cache-control': 'max-age=600'}),
    {'channel-cache': 'warning'},
  ],
  [
    'releases that nothing may keep',
    withHeaders(isChannel, {'cache-control': 'no-store'}),
    {'channel-cache': 'warning'},
  ],
  [
    'releases without Cache-Control',
    withHeaders(isChannel, {'cache-control': undefined}),
    {'channel-cache': 'warning'},
  ],
  ['releases that are always asked for', withHeaders(isChannel, {'cache-control': 'no-cache'}), {}],
  [
    'weak ETags',
    withHeaders((request, {headers}) => isFile(request) && headers.etag !== undefined, {etag: 'W/"1"'}),
    {etag: 'warning', 'not-modified': 'warning'},
  ],
  ['no 304', answer => (answer.status === 304 ? {...answer, status: 200} : answer), {'not-modified': 'warning'}],
  [
    'redirects',
    (answer, request) =>
      request.url!.startsWith('/blobs/') && !request.url!.includes('?')
        ? {...answer, status: 302, headers: {...answer.headers, location: `${request.url}?signed`}}
        : answer,
    {redirects: 'warning'},
  ],
  [
    'a release that is cut off',
    (answer, request) =>
      isChannel(request)
        ? {...answer, body: answer.body.subarray(0, 50), headers: {...answer.headers, 'content-length': '50'}}
        : answer,
    {release: 'error'},
  ],
];
