import type {Head} from './ask.js';
import type {HostName} from './finding.js';

const marks: readonly [HostName, (head: Head) => boolean][] = [
  ['netlify', ({header}) => header('x-nf-request-id') !== '' || /netlify/i.test(header('server'))],
  ['vercel', ({header}) => header('x-vercel-id') !== '' || /vercel/i.test(header('server'))],
  ['github-pages', ({header}) => /github/i.test(header('server'))],
  ['firebase', ({header}) => /\bfirebase/i.test(header('x-powered-by') + header('server'))],
  ['s3-cloudfront', ({header}) => header('x-amz-cf-id') !== '' || /amazons3|cloudfront/i.test(header('server'))],
  ['firebase', ({url}) => /\.(web\.app|firebaseapp\.com)$/.test(new URL(url).hostname)],
  ['cloudflare-r2', ({url}) => /\.r2\.dev$/.test(new URL(url).hostname)],
  [
    'cloudflare-pages',
    ({url, header}) => /\.(pages|workers)\.dev$/.test(new URL(url).hostname) || /cloudflare/i.test(header('server')),
  ],
  ['kedge-serve', ({header}) => /^kedge\b/i.test(header('server'))],
  ['nginx', ({header}) => /nginx|openresty/i.test(header('server'))],
  ['apache', ({header}) => /apache/i.test(header('server'))],
];

/** Which host answered, by its headers and address; undefined when nothing tells. */
export function hostOf(head: Head): HostName | undefined {
  return marks.find(([, test]) => test(head))?.[0];
}

const megabyte = 1_000_000;
const mebibyte = 2 ** 20;

/** Largest file that a host takes or its cache keeps; `docs/hosting.md` has the sources. */
export const fileLimits: readonly {host: HostName; what: string; bytes: number}[] = [
  {host: 'cloudflare-pages', what: 'Cloudflare Pages and Workers static assets', bytes: 25 * mebibyte},
  {host: 'github-pages', what: 'GitHub (a file in a repository)', bytes: 100 * mebibyte},
  {host: 'cloudflare-r2', what: 'Cloudflare’s cache (Free, Pro and Business plans)', bytes: 512 * megabyte},
  {host: 'firebase', what: 'Firebase Hosting', bytes: 2_000 * megabyte},
];
