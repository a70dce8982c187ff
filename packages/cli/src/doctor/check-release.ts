import type {Jwk, Release} from '@kedge/core';
import {isKedgeError} from '@kedge/core';
import {openRelease} from '../release/document.js';
import {expiryOf} from '../release/show.js';
import type {Answer} from './ask.js';
import {type Finding, ok} from './finding.js';

export interface ReleaseFindings {
  release: Release | undefined;
  findings: Finding[];
}

/** What a device would say of the release. */
export async function checkRelease(
  {url, body}: Answer,
  channel: string,
  trustedKeys: readonly Jwk[],
  now: Date,
): Promise<ReleaseFindings> {
  const text = Buffer.from(body).toString();
  try {
    const release = await openRelease(text, channel, [], url);
    const read = ok('release', url, `${channel} release ${release.version}, issued ${release.issued}`);
    const signature = await checkSignature(text, channel, trustedKeys, url);
    return {release, findings: [read, signature, checkExpiry(release, url, now), ...checkPrevious(release, url)]};
  } catch (error) {
    if (!isKedgeError(error)) throw error;
    return {release: undefined, findings: [unreadable(url, error.message)]};
  }
}

function unreadable(url: string, got: string): Finding {
  return {
    ...{check: 'release', level: 'error', where: url, expected: 'a release of this channel, in an envelope', got},
    fix: {
      advice: 'publish the file as kedge release wrote it: channels/NAME.json of the registry folder, unchanged',
      hosts: {
        's3-cloudfront':
          'aws s3 cp registry/channels s3://BUCKET/channels --recursive --content-type application/json --cache-control "public, max-age=60"',
      },
    },
  };
}

async function checkSignature(
  text: string,
  channel: string,
  trustedKeys: readonly Jwk[],
  url: string,
): Promise<Finding> {
  const expected = 'a signature by a key that the app trusts';
  const unchecked = 'not checked: give the app’s public key with --trust public.json';
  const base = {check: 'signature', where: url, expected} as const;
  if (trustedKeys.length === 0)
    return {
      ...base,
      level: 'warning',
      got: unchecked,
      fix: {advice: 'kedge doctor … --trust keys/public.json', hosts: {}},
    };
  try {
    await openRelease(text, channel, trustedKeys, url);
    return ok('signature', url, 'by a trusted key');
  } catch (error) {
    if (!isKedgeError(error)) throw error;
    const advice =
      'sign with the key whose public half the app embeds (kedge release sign --key private.json), or ship an app that trusts this one; kedge release show says who signed';
    return {...base, level: 'error', got: 'by none of the trusted keys', fix: {advice, hosts: {}}};
  }
}

function checkExpiry(release: Release, url: string, now: Date): Finding {
  const {state, leftMs} = expiryOf(release, now);
  const days = `${Math.abs(leftMs / 86_400_000).toFixed(1)} days`;
  if (state === 'fine') return ok('expiry', url, `expires ${release.expires}, in ${days}`);
  const got =
    state === 'over'
      ? `expired ${release.expires}, ${days} ago: devices refuse it`
      : `expires ${release.expires}, in ${days}`;
  return {
    ...{
      check: 'expiry',
      level: state === 'over' ? 'error' : 'warning',
      where: url,
      expected: 'a release that does not expire soon',
      got,
    },
    fix: {advice: 'kedge release sign --key keys/private.json, and publish; let a scheduled job do it', hosts: {}},
  };
}

/** What a rollback goes to must be in the release, or devices can't go there without a download of what nobody has. */
function checkPrevious({models}: Release, url: string): Finding[] {
  const findings = Object.entries(models).flatMap(([model, {champion, versions, revoked}]): Finding[] => {
    const previous = versions[champion]?.previous;
    if (previous === undefined) return [];
    const name = `${model}@${previous}`;
    if (Object.hasOwn(versions, previous) && !revoked.includes(previous))
      return [ok('previous', url, `a rollback of ${model} goes to ${previous}`)];
    const got = revoked.includes(previous) ? 'revoked' : 'not in the release';
    const advice = `name what a rollback goes to: kedge release add ${model}@${champion} --champion --previous VERSION`;
    return [
      {
        check: 'previous',
        level: 'warning',
        where: url,
        expected: `${name}, what a rollback goes to`,
        got,
        fix: {advice, hosts: {}},
      },
    ];
  });
  return findings.length > 0 ? findings : [ok('previous', url, 'no model had a champion before')];
}
