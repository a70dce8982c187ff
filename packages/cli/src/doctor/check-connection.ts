import {connect} from 'node:tls';
import type {Head} from './ask.js';
import {type Finding, ok} from './finding.js';
import {statusText, type Visit} from './visit.js';

const loopback = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/;

/** Whether a browser calls it potentially trustworthy. */
export function isSecure(url: string): boolean {
  const {protocol, hostname} = new URL(url);
  return protocol === 'https:' || loopback.test(hostname);
}

const https = {
  advice:
    'serve it over HTTPS: browsers give WebCrypto, Web Locks and IndexedDB only to secure pages, and let them fetch from nothing else',
  hosts: {
    nginx: 'certbot --nginx -d models.example',
    apache: 'certbot --apache -d models.example',
    'kedge-serve': 'put a proxy with TLS in front (Caddy: models.example { reverse_proxy 127.0.0.1:8787 })',
    's3-cloudfront':
      'CloudFront > Behaviours > Viewer protocol policy: Redirect HTTP to HTTPS, and give the https address',
    'github-pages': 'Settings > Pages > Enforce HTTPS, and give the https address',
  },
};

export function checkSecure(check: 'secure' | 'page-secure', url: string): Finding {
  if (isSecure(url)) return ok(check, url, new URL(url).protocol === 'https:' ? 'https' : 'this machine');
  return {check, level: 'error', where: url, expected: 'https', got: 'http, on another machine', fix: https};
}

/** What TLS agrees on; over plain HTTP browsers speak HTTP/1.1. */
export async function checkHttpVersion(registry: string): Promise<Finding> {
  const {protocol, hostname, port} = new URL(registry);
  if (protocol === 'http:') return ok('http-version', registry, 'HTTP/1.1, without TLS');
  const agreed = await alpn(hostname.replace(/^\[|\]$/g, ''), Number(port || 443));
  return ok('http-version', registry, agreed === 'h2' ? 'HTTP/2' : 'HTTP/1.1: six requests at once, which is enough');
}

function alpn(host: string, port: number): Promise<string> {
  return new Promise(resolve => {
    const name = /^[\d.]+$|:/.test(host) ? {} : {servername: host};
    const socket = connect({host, port, ...name, ALPNProtocols: ['h2', 'http/1.1'], timeout: 10_000}, () => {
      resolve(socket.alpnProtocol || 'http/1.1');
      socket.destroy();
    });
    for (const event of ['error', 'timeout'] as const)
      socket.once(event, () => {
        resolve('http/1.1');
        socket.destroy();
      });
  });
}

export function checkReachable({url, status}: Head): Finding {
  if (status === 200) return ok('reachable', url, '200');
  return {
    ...{check: 'reachable', level: 'error', where: url, expected: '200', got: statusText(status)},
    fix: {
      advice:
        'publish the registry folder (blobs/, manifests/, channels/) at this address, and let everybody read it; is it the right channel (--channel)?',
      hosts: {
        'kedge-serve': 'kedge release add MODEL@VERSION --registry registry --key keys/private.json',
        's3-cloudfront':
          'aws s3 sync registry s3://BUCKET --exclude ".*" && aws cloudfront create-invalidation --distribution-id ID --paths "/channels/*"',
        'cloudflare-r2': 'rclone sync registry r2:BUCKET --exclude ".*", and connect a custom domain to the bucket',
      },
    },
  };
}

/** Asked last: redirects show while other things are looked at. */
export function checkRedirects({redirects, registry}: Visit): Finding[] {
  if (redirects.size === 0) return [ok('redirects', registry, 'none')];
  return [...redirects].slice(0, 5).map(([from, to]): Finding => {
    const isDowngrade = from.startsWith('https:') && to.startsWith('http:');
    return {
      ...{check: 'redirects', level: isDowngrade ? 'error' : 'warning', where: from, expected: 'the file itself'},
      got: `a redirect to ${to}`,
      fix: {
        advice: isDowngrade
          ? 'browsers follow no redirect from https to http: send none'
          : `give the last address as registry (${to.slice(0, to.indexOf('/', 8))}…): each redirect costs every request another round trip`,
        hosts: {},
      },
    };
  });
}
