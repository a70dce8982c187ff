import {type Chunk, KedgeError} from '@kedge/core';
import type {InstalledVersion} from '../store/catalog.js';
import {estimate, freeBytes, overhead} from '../store/estimate.js';
import {evictionsFor, type Need} from '../store/evictions-for.js';
import type {Choose, Governor} from '../store/governor.js';
import {orphanBytes} from '../store/orphan-bytes.js';
import {bytesIn, chunksOf, namedBy} from '../store/record.js';

/** Chunks for which room is made, and the version that wants them. */
interface Coming {
  version: InstalledVersion;
  chunks: readonly Chunk[];
  governor: Governor;
}

type Reason = Need['reason'];

/** What an earlier round came to. */
interface Round {
  shortBytes: number;
  /** An estimate lags behind what was removed. */
  expectedBytes: number;
}

/**
 * Makes room before a download.
 *
 * @param chunks of what comes: its own, or those of a file that it needs, and of what else is being fetched
 * @throws KedgeError `storage_full` when the budget, or an estimate that makes sense, says that it can't fit;
 *   `storage_unavailable` when somebody reads for so long that nothing could be removed
 */
export async function reserve(version: InstalledVersion, chunks: readonly Chunk[], governor: Governor): Promise<void> {
  const coming = {version, chunks, governor};
  await fit(coming, 'budget', {shortBytes: Infinity, expectedBytes: 0});
  if (governor.disk.kind !== 'memory') await fit(coming, 'quota', {shortBytes: Infinity, expectedBytes: 0});
}

/**
 * The browser refused a write, whatever its estimate says.
 *
 * @returns whether anything was removed, so that it may be tried again; undefined where somebody reads for too long
 */
export async function refused(version: InstalledVersion, governor: Governor): Promise<boolean | undefined> {
  const coming = {version, chunks: chunksOf(version.manifest), governor};
  if (await revoked(coming)) return true;
  const freed = await evict(coming, Math.max(1, await missing(coming)), 'quota');
  return freed === undefined ? freed : freed > 0;
}

/** The same for a write that is small and matters, as a release's. */
export async function spare(governor: Governor): Promise<boolean> {
  const need: Need = {bytes: 1, digest: '', model: '', spared: [], reason: 'quota'};
  return !!(await removed(need, governor));
}

/** Measured anew after each removal, as long as that makes it better. */
async function fit(coming: Coming, reason: Reason, before: Round): Promise<void> {
  const {needBytes, freeBytes} = await measure(coming, reason, before.expectedBytes);
  const shortBytes = needBytes - freeBytes;
  if (!needBytes || shortBytes <= 0) return;
  if (await revoked(coming)) return fit(coming, reason, before);
  const isBetter = shortBytes < before.shortBytes;
  const freed = isBetter ? await evict(coming, shortBytes, reason) : 0;
  if (!isBetter || freed === undefined) throw noRoom(coming.version, {needBytes, freeBytes, reason, isBusy: isBetter});
  return fit(coming, reason, {shortBytes, expectedBytes: freeBytes + freed});
}

async function measure(coming: Coming, reason: Reason, expectedBytes: number) {
  const needBytes = await missing(coming);
  if (reason === 'budget') return {needBytes, freeBytes: await coming.governor.leftBytes()};
  const estimated = freeBytes(await estimate()) ?? Infinity;
  return {needBytes: Math.ceil(needBytes * overhead), freeBytes: Math.max(estimated, expectedBytes)};
}

async function missing({chunks, governor}: Coming): Promise<number> {
  return bytesIn(chunks, await governor.disk.hasChunks(chunks.map(({sha256}) => sha256)));
}

async function revoked(coming: Coming): Promise<boolean> {
  return (await coming.governor.revoke({late: true, patient: true, spared: sparedFor(coming)})).length > 0;
}

/** @returns bytes that were freed; undefined as `Governor.sweep` */
async function evict(coming: Coming, bytes: number, reason: Reason): Promise<number | undefined> {
  const {digest, manifest} = coming.version;
  const need = {bytes, digest, model: manifest.model, spared: sparedFor(coming), reason};
  return removed(need, coming.governor);
}

/** Versions are removed for what is short without the chunks that nobody names. @returns as `evict` */
async function removed(need: Need, governor: Governor): Promise<number | undefined> {
  let unnamedBytes = 0;
  const choose: Choose = (held, situation) => {
    unnamedBytes = orphanBytes(held, need.spared);
    return evictionsFor(held, situation, {...need, bytes: need.bytes - unnamedBytes});
  };
  const evictions = await governor.sweep(choose, true, need.spared);
  return evictions?.reduce((sum, {bytes}) => sum + bytes, unnamedBytes);
}

/** The catalog may not name it yet. */
function sparedFor({version, chunks}: Coming): Chunk[] {
  return [...chunks, ...namedBy({...version, state: 'downloading', code: null, verifiedAt: null})];
}

function noRoom(
  {manifest: {model, version}}: InstalledVersion,
  {needBytes, freeBytes, reason, isBusy}: {needBytes: number; freeBytes: number; reason: Reason; isBusy: boolean},
): KedgeError {
  const whose = reason === 'budget' ? 'storageBudgetBytes' : "the browser's quota for this site";
  const why = isBusy ? 'nothing could be removed while pages read' : 'what may be removed is not enough';
  return new KedgeError(
    isBusy ? 'storage_unavailable' : 'storage_full',
    `${model} ${version}: expected room for ${needBytes} bytes, got ${Math.max(0, freeBytes)} within ${whose}, and ${why}; free space, or publish a smaller variant`,
  );
}
