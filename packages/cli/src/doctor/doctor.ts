import type {Jwk} from '@kedge/core';
import {CliError} from '../exit.js';
import type {OnProgress} from '../progress.js';
import type {NamedBlob} from '../registry/named.js';
import type {Answer} from './ask.js';
import {
  checkChannelCache,
  checkEtag,
  checkImmutable,
  checkMissing,
  checkNotModified,
  checkTypes,
  pathOf,
} from './check-answers.js';
import {checkHttpVersion, checkReachable, checkRedirects, checkSecure} from './check-connection.js';
import {blobsOfAll, checkDigests, checkManifests} from './check-files.js';
import {checkCorp, checkCors, checkErrorCors, checkPreflight} from './check-origins.js';
import {checkPage} from './check-page.js';
import {checkBeyond, checkCompression, checkHead, checkIfRange, checkRange} from './check-ranges.js';
import {checkRelease} from './check-release.js';
import {checkSizes} from './check-sizes.js';
import {type Finding, groupOf, groups, type HostName, type Level} from './finding.js';
import {hostOf} from './hosts.js';
import {createVisit, type Visit} from './visit.js';

export interface DoctorOptions {
  /** The registry's address. */
  registry: string;
  /** The page that uses it; without one nothing is said of pages. */
  page?: string;
  /** @default 'prod' */
  channel?: string;
  /** The app's public keys; with none the signature is not checked. */
  trustedKeys?: readonly Jwk[];
  /** Whose page asks. @default the page's origin */
  origin?: string;
  /** Asks for lengths of blobs only, not for their bytes. */
  quick?: boolean;
  /** Whose fixes are meant. @default by what the host says of itself */
  host?: HostName;
  now?: Date;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** More than any release needs. */
const maxSmallBytes = 16 * 2 ** 20;

export interface Diagnosis {
  registry: string;
  page: string | undefined;
  /** The release's version; undefined when there is none to read. */
  release: number | undefined;
  host: HostName | undefined;
  findings: Finding[];
  counts: Record<Level, number>;
}

/**
 * Looks at a deployed registry, and the page that uses it, as a browser would.
 *
 * @throws CliError (usage) for what is no address, (unavailable) when nobody answers there; the signal's reason
 */
export async function doctor(options: DoctorOptions): Promise<Diagnosis> {
  const {registry, page, origin, quick = false, host, signal} = options;
  checkAddress(registry, 'URL');
  if (page !== undefined) checkAddress(page, '--page');
  const visit = createVisit({registry, page, origin: originOf(origin), quick, host, signal});
  const channel = await firstAnswer(visit, options.channel ?? 'prod');
  visit.host ??= hostOf(channel);
  const {release, findings} = await checkRegistry(visit, channel, options);
  if (page !== undefined) findings.push(...(await checkPage(visit, page)));
  findings.push(...checkRedirects(visit));
  const count = (level: Level) => findings.filter(finding => finding.level === level).length;
  return {
    ...{registry: visit.registry, page, release, host: visit.host, findings: findings.sort(byGroup)},
    counts: {ok: count('ok'), warning: count('warning'), error: count('error')},
  };
}

function checkAddress(text: string, what: string): void {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return;
  throw new CliError(
    'usage',
    `${what}: expected an address such as https://models.example, got ${JSON.stringify(text)}`,
  );
}

function originOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  checkAddress(text, '--origin');
  return new URL(text).origin;
}

async function firstAnswer(visit: Visit, channel: string): Promise<Answer> {
  const answer = await visit.ask(`${visit.registry}/channels/${channel}.json`, {}, maxSmallBytes);
  if (answer.problem === undefined) return answer;
  throw new CliError('unavailable', `${answer.problem}; is the address right, and the host up?`);
}

async function checkRegistry(visit: Visit, channel: Answer, options: DoctorOptions) {
  const findings = [
    checkReachable(channel),
    checkSecure('secure', visit.registry),
    await checkHttpVersion(visit.registry),
  ];
  findings.push(...(await checkMissing(visit)));
  if (channel.status !== 200) return {release: undefined, findings};
  const {release, findings: ofRelease} = await checkRelease(
    channel.header('content-encoding') ? await decoded(visit, channel) : channel,
    options.channel ?? 'prod',
    options.trustedKeys ?? [],
    options.now ?? new Date(),
  );
  findings.push(...ofRelease, checkChannelCache(visit, channel), await checkNotModified(visit, channel));
  if (!release) return {release: undefined, findings: [...findings, ...checkTypes(visit, {channels: channel})]};
  const {manifests, findings: ofManifests} = await checkManifests(visit, release);
  const blobs = blobsOfAll(manifests);
  findings.push(...ofManifests, ...checkSizes(visit, blobs));
  const largest = blobs.reduce<NamedBlob | undefined>(
    (most, one) => (one.bytes > (most?.bytes ?? 0) ? one : most),
    undefined,
  );
  const answer = manifests[0]?.answer;
  if (largest && answer)
    findings.push(...(await checkBlobs(visit, {channel, manifest: answer, largest, blobs}, options)));
  return {release: release.version, findings};
}

/** Releases and manifests may come compressed; node's own client leaves that to us. */
const decoded = (visit: Visit, {url}: Answer) =>
  visit.ask(url, {headers: {'accept-encoding': 'identity'}}, maxSmallBytes);

interface Probes {
  channel: Answer;
  manifest: Answer;
  largest: NamedBlob;
  blobs: NamedBlob[];
}

async function checkBlobs(
  visit: Visit,
  {channel, manifest, largest, blobs}: Probes,
  {onProgress = () => {}}: DoctorOptions,
): Promise<Finding[]> {
  const url = `${visit.registry}/blobs/${largest.sha256}`;
  const blob = await visit.ask(url, {headers: {'accept-encoding': 'identity'}}, 1);
  const ranged = await visit.ask(url, {headers: {'accept-encoding': 'identity', range: 'bytes=0-0'}}, 1);
  const range = await checkRange(visit, url, largest);
  const total = visit.quick ? 0 : blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  let done = 0;
  const onBytes = (bytes: number) => onProgress({phase: 'digests', done: (done += bytes), total});
  return [
    range,
    await checkBeyond(visit, url, largest),
    await checkIfRange(visit, url, blob.header('etag')),
    await checkHead(visit, url, largest),
    await checkCompression(visit, url, pathOf(visit, 'blobs')),
    ...checkCors(visit, [channel, manifest, blob, ranged]),
    await checkPreflight(visit, url),
    await checkErrorCors(visit, url, largest.bytes),
    checkCorp(visit, [channel, manifest, blob]),
    ...checkTypes(visit, {channels: channel, manifests: manifest, blobs: blob}),
    ...checkImmutable(visit, {manifests: manifest, blobs: blob}),
    checkEtag(visit, [channel, blob]),
    ...(await checkDigests(visit, blobs, range.level === 'ok', onBytes)),
  ];
}

const order = Object.values(groups).flat();

function byGroup(a: Finding, b: Finding): number {
  const at = ({check}: Finding) => Object.keys(groups).indexOf(groupOf(check)) * 100 + order.indexOf(check);
  return at(a) - at(b);
}
