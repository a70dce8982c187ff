import type {NamedBlob} from '../registry/named.js';
import {type Finding, type HostName, ok} from './finding.js';
import {fileLimits} from './hosts.js';
import type {Visit} from './visit.js';

/** Servers and buckets that take files of any size that a model has. */
const unlimited = new Set<HostName | undefined>(['nginx', 'apache', 'kedge-serve', 's3-cloudfront']);

/** Files that are too large for a host: this one, or when nothing tells which it is, any of the common ones. */
export function checkSizes({registry, host}: Visit, blobs: readonly NamedBlob[]): Finding[] {
  const largest = blobs.reduce<NamedBlob | undefined>(
    (most, blob) => (blob.bytes > (most?.bytes ?? 0) ? blob : most),
    undefined,
  );
  if (!largest) return [];
  const text = `the largest has ${mebibytes(largest.bytes)} (${largest.what})`;
  const limits = unlimited.has(host) ? [] : fileLimits.filter(limit => host === undefined || limit.host === host);
  const over = limits.filter(({bytes}) => largest.bytes > bytes);
  const [smallest] = over;
  if (!smallest) return [ok('sizes', registry, text)];
  return [
    {
      ...{check: 'sizes', level: 'warning', where: `${registry}/blobs/${largest.sha256}`},
      expected: `at most ${mebibytes(smallest.bytes)}, the limit of ${over.map(({what}) => what).join('; ')}`,
      got: text,
      fix: {
        advice:
          'keep the registry in a bucket or on a server of your own (the page may stay where it is), or pack a smaller variant of the model',
        hosts: {
          'cloudflare-pages': 'put the registry into an R2 bucket with a custom domain',
          'cloudflare-r2':
            'files above 512 MB are served from the bucket each time; on Enterprise ask for a higher cache limit',
          'github-pages': 'GitHub refuses files above 100 MiB: use a bucket, or a release asset behind your own proxy',
          firebase: 'use Cloud Storage with a CORS policy for the registry',
        },
      },
    },
  ];
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
