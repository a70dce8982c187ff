import {createHash} from 'node:crypto';
import {type Chunk, isKedgeError, KedgeError, Manifest, parseJson, type Release} from '@kedge/core';
import {sha256Of} from '../digest.js';
import {inLanes} from '../in-lanes.js';
import {blobsOf, manifestsOf, type NamedBlob, type NamedManifest} from '../registry/named.js';
import {verifyChunks} from '../registry/verify-chunks.js';
import type {Answer} from './ask.js';
import {type Finding, type Fix, ok} from './finding.js';
import {statusText, type Visit} from './visit.js';

const lanes = 4;
const maxManifestBytes = 16 * 2 ** 20;
/** As devices ask: runs of neighbouring chunks. */
const maxRunBytes = 16 * 2 ** 20;

const publishFix: Fix = {
  advice:
    'publish the file again from the registry folder, and drop it from caches; check the folder itself with kedge verify',
  hosts: {
    's3-cloudfront':
      'aws s3 sync registry s3://BUCKET --exclude ".*" --exclude "channels/*" && aws cloudfront create-invalidation --distribution-id ID --paths "/*"',
    'cloudflare-pages': 'deploy again, then: Caching > Configuration > Purge Everything',
    'cloudflare-r2': 'rclone sync --checksum registry r2:BUCKET --exclude ".*"',
    nginx: 'rsync -a --checksum registry/ models.example:/srv/registry/',
    apache: 'rsync -a --checksum registry/ models.example:/srv/registry/',
  },
};

export interface ManifestFindings {
  findings: Finding[];
  manifests: {named: NamedManifest; manifest: Manifest; answer: Answer}[];
}

/** Every manifest that a device could be asked to take; revoked versions are for none. */
export async function checkManifests(visit: Visit, release: Release): Promise<ManifestFindings> {
  const named = manifestsOf(release).filter(({revoked}) => !revoked);
  const found: ManifestFindings = {findings: [], manifests: []};
  await inLanes(named, lanes, async one => {
    const url = `${visit.registry}/manifests/${one.address}.json`;
    const answer = await visit.ask(url, {headers: {'accept-encoding': 'identity'}}, maxManifestBytes);
    const read = manifestOf(answer, one.address);
    if (typeof read === 'string')
      found.findings.push(fault('manifests', url, `${one.what}: SHA-256 ${one.address}`, read));
    else found.manifests.push({named: one, manifest: read, answer});
  });
  if (found.findings.length === 0)
    found.findings.push(ok('manifests', visit.registry, `${named.length} manifests, each with its digest`));
  return found;
}

/** The manifest, or what is wrong with it. */
function manifestOf({status, body, url}: Answer, address: string): Manifest | string {
  if (status !== 200) return `status ${statusText(status)}`;
  const got = sha256Of(body);
  if (got !== address) return `SHA-256 ${got}`;
  try {
    return parseJson(Manifest, Buffer.from(body).toString(), 'manifest_invalid', url);
  } catch (error) {
    return (error as Error).message;
  }
}

const fault = (check: 'manifests' | 'digests', where: string, expected: string, got: string): Finding => ({
  ...{check, level: 'error', where, expected, got},
  fix: publishFix,
});

/** Every blob, each once. */
export function blobsOfAll(manifests: readonly {manifest: Manifest}[]): NamedBlob[] {
  const all = manifests.flatMap(({manifest}) => blobsOf(manifest));
  return [...new Map(all.map(blob => [blob.sha256, blob])).values()];
}

/**
 * Fetches every blob as a device does and checks each chunk; with `quick` asks for lengths only.
 *
 * @param byRanges false where the host ignores ranges: then each blob is asked for once, whole
 */
export async function checkDigests(
  visit: Visit,
  blobs: readonly NamedBlob[],
  byRanges: boolean,
  onBytes: (bytes: number) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inLanes(blobs, lanes, async blob => {
    const url = `${visit.registry}/blobs/${blob.sha256}`;
    const expected = `${blob.what}: ${blob.bytes} bytes, SHA-256 ${blob.sha256}`;
    const problem = visit.quick
      ? await lengthProblem(visit, url, blob)
      : await digestProblem(visit, url, blob, byRanges, onBytes);
    if (problem !== undefined) findings.push(fault('digests', url, expected, problem));
  });
  if (findings.length > 0) return findings;
  const bytes = blobs.reduce((sum, one) => sum + one.bytes, 0);
  const what = `${blobs.length} blobs, ${bytes} bytes`;
  return [
    ok(
      'digests',
      visit.registry,
      visit.quick ? `${what}: lengths only (--quick)` : `${what}: every chunk has its digest`,
    ),
  ];
}

async function lengthProblem(visit: Visit, url: string, {bytes}: NamedBlob): Promise<string | undefined> {
  const {status, header} = await visit.ask(url, {method: 'HEAD', headers: {'accept-encoding': 'identity'}});
  if (status !== 200) return `status ${statusText(status)}`;
  const length = header('content-length');
  return length === '' || length === String(bytes) ? undefined : `${length} bytes`;
}

async function digestProblem(
  visit: Visit,
  url: string,
  blob: NamedBlob,
  byRanges: boolean,
  onBytes: (bytes: number) => void,
): Promise<string | undefined> {
  const whole = createHash('sha256');
  try {
    for (const run of byRanges ? runsOf(blob.chunks) : [{start: 0, end: blob.bytes, chunks: [...blob.chunks]}])
      for await (const chunk of verifyChunks(await openRun(visit, url, run, blob.bytes), run.chunks, url)) {
        whole.update(chunk);
        onBytes(chunk.length);
      }
  } catch (error) {
    if (isKedgeError(error)) return error.message.replace(`${url}: `, '').replace('; publish it again', '');
    throw error;
  }
  const got = whole.digest('hex');
  return got === blob.sha256 ? undefined : `its chunks are right, the whole has SHA-256 ${got}`;
}

interface Run {
  start: number;
  end: number;
  chunks: Chunk[];
}

function runsOf(chunks: readonly Chunk[]): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const end = at + chunk.bytes;
    const last = runs.at(-1);
    if (last && end - last.start <= maxRunBytes) {
      last.chunks.push(chunk);
      last.end = end;
    } else runs.push({start: at, end, chunks: [chunk]});
    at = end;
  }
  return runs;
}

async function openRun(visit: Visit, url: string, {start, end}: Run, bytes: number) {
  const isWhole = start === 0 && end === bytes;
  const range = isWhole ? {} : {range: `bytes=${start}-${end - 1}`};
  const {status, header, pieces} = await visit.askOpen(url, {headers: {'accept-encoding': 'identity', ...range}});
  const got = header('content-range');
  if (status !== (isWhole ? 200 : 206))
    throw new KedgeError('response_invalid', `status ${status} for bytes ${start}-${end - 1}`);
  if (!isWhole && got !== `bytes ${start}-${end - 1}/${bytes}`)
    throw new KedgeError('response_invalid', `Content-Range ${got || 'missing'} for bytes ${start}-${end - 1}`);
  return pieces;
}
