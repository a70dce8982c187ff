import type {Experiment, Release} from '@kedge/core';
import type {Edited} from './edit.js';
import {describeWeight} from './experiments.js';

const dayMs = 86_400_000;

export interface Expiry {
  /** `soon`: a quarter of its time is left, or less than seven days, whichever is shorter. */
  state: 'fine' | 'soon' | 'over';
  leftMs: number;
}

/** How long a release still counts. */
export function expiryOf({issued, expires}: Release, now: Date): Expiry {
  const leftMs = Date.parse(expires) - now.getTime();
  const soonMs = Math.min(7 * dayMs, (Date.parse(expires) - Date.parse(issued)) / 4);
  return {state: leftMs <= 0 ? 'over' : leftMs < soonMs ? 'soon' : 'fine', leftMs};
}

/** What runs on a channel, for people. */
export function describeRelease(release: Release, now: Date): string {
  const {state, leftMs} = expiryOf(release, now);
  const days = (leftMs / dayMs).toFixed(1);
  return [
    `${release.channel} version ${release.version}, issued ${release.issued}`,
    ...(state === 'over'
      ? [`EXPIRED at ${release.expires}: devices refuse it; sign it again: kedge release sign`]
      : [`expires ${release.expires} (in ${days} days)`]),
    ...(state === 'soon' ? ['WARNING: it expires soon; sign it again: kedge release sign'] : []),
    ...Object.entries(release.models).flatMap(([name, model]) => describeModel(name, model)),
    ...release.experiments.flatMap(describeExperiment),
  ].join('\n');
}

function describeModel(name: string, {champion, versions, revoked, enabled}: Model): string[] {
  const rows = Object.entries(versions).map(([version, {manifest, bytes, previous, variants = []}]) => {
    const marks = [
      version === champion && 'champion',
      revoked.includes(version) && 'REVOKED',
      previous !== undefined && `rolls back to ${previous}`,
      variants.length > 0 && `variants ${variants.map(({variant}) => variant).join(' ')}`,
    ].filter(Boolean);
    return `  ${version.padEnd(10)} ${manifest.slice(0, 12)}  ${String(bytes).padStart(10)} B  ${marks.join(', ')}`.trimEnd();
  });
  return [`model ${name}${enabled ? '' : '  OFF: only the baseline answers'}`, ...rows];
}

function describeExperiment({key, model, phase, status, arms, unassigned}: Experiment): string[] {
  const rows = arms.map(
    arm =>
      `  ${arm.key.padEnd(12)} ${arm.version.padEnd(10)} ${describeWeight(arm.weight).padStart(8)}  ${arm.ranges.map(([from, to]) => `${from}-${to}`).join(' ')}`,
  );
  const rest = unassigned > 0 ? [`  ${'(no arm)'.padEnd(23)} ${describeWeight(unassigned).padStart(8)}`] : [];
  return [`experiment ${key} on ${model}, phase ${phase}, ${status}`, ...rows, ...rest];
}

/** What a change did, for people: the differences, then the whole. */
export function describeEdit({before, release, written}: Edited): string {
  const lines = [
    `${release.channel}: version ${before?.version ?? 'none'} -> ${release.version}${written ? '' : ' (dry run)'}`,
  ];
  for (const [name, model] of Object.entries(release.models)) {
    const old = before?.models[name];
    if (old?.champion !== model.champion)
      lines.push(`champion of ${name}: ${old?.champion ?? 'none'} -> ${model.champion}`);
    if (old && old.enabled !== model.enabled) lines.push(`${name} is now ${model.enabled ? 'on' : 'OFF'}`);
    lines.push(...describeVersions(name, old, model));
  }
  for (const experiment of release.experiments) {
    const old = before?.experiments.find(one => one.key === experiment.key);
    if (old?.status !== experiment.status)
      lines.push(`experiment ${experiment.key}: ${old?.status ?? 'new'} -> ${experiment.status}`);
  }
  for (const {key, phase} of before?.experiments ?? [])
    if (!release.experiments.some(one => one.key === key))
      lines.push(`experiment ${key} went with its version; asked anew it takes phase ${phase + 1}`);
  return [...lines, '', describeRelease(release, new Date(release.issued))].join('\n');
}

type Model = Release['models'][string];

function describeVersions(name: string, old: Model | undefined, {versions, revoked, champion}: Model): string[] {
  const of = (model: Model | undefined) => Object.keys(model?.versions ?? {});
  const gone = of(old).filter(version => !Object.hasOwn(versions, version));
  const come = Object.keys(versions).filter(version => !of(old).includes(version));
  const back = versions[champion]?.previous;
  const backed = back !== old?.versions[champion]?.previous && back !== undefined;
  return [
    ...come.map(version => `added ${name}@${version} (${versions[version]!.manifest})`),
    ...gone.map(version => `removed ${name}@${version}; kedge gc frees its files later`),
    ...revoked
      .filter(one => !old?.revoked.includes(one))
      .map(one => `REVOKED ${name}@${one}: no device serves it again`),
    ...(backed ? [`a rollback of ${name} goes to ${back}`] : []),
  ];
}
