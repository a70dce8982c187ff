import {KedgeError, type Release} from '@kedge/core';

const hourMs = 3_600_000;

/** From when on this release no longer serves, in milliseconds since 1970. */
export function lapsesAtMs(release: Release, graceHours: number): number {
  return Date.parse(release.expires) + graceHours * hourMs;
}

/** Names both clocks: on one device among many it is the device's that is wrong. */
export function expired({version, expires}: Release, where: string): KedgeError {
  return new KedgeError(
    'release_expired',
    `${where}: release ${version} expired at ${expires}, and this device's clock says ${new Date().toISOString()}; sign it again (kedge release sign), or set the clock`,
  );
}

/** @throws KedgeError `release_expired` when this device's clock is past `expires` and the grace */
export function refuseExpired(release: Release, graceHours: number, where = 'the stored release'): void {
  if (Date.now() > lapsesAtMs(release, graceHours)) throw expired(release, where);
}
