import type {Experiment, Release} from '@kedge/core';
import type {Edited} from './edit.js';
import {describeWeight} from './experiments.js';

/** What runs on a channel, for people. */
export function describeRelease(release: Release, now: Date): string {
  const left = Date.parse(release.expires) - now.getTime();
  const days = (left / 86_400_000).toFixed(1);
  return [
    `${release.channel} version ${release.version}, issued ${release.issued}`,
    left > 0 ? `expires ${release.expires} (in ${days} days)` : `EXPIRED at ${release.expires}: sign it again`,
    ...Object.entries(release.models).flatMap(([name, model]) => describeModel(name, model)),
    ...release.experiments.flatMap(describeExperiment),
  ].join('\n');
}

function describeModel(name: string, {champion, versions, revoked, enabled}: Release['models'][string]): string[] {
  const rows = Object.entries(versions).map(([version, {manifest, bytes, previous}]) => {
    const marks = [
      version === champion && 'champion',
      revoked.includes(version) && 'REVOKED',
      previous !== undefined && `before it ${previous}`,
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
  }
  for (const experiment of release.experiments) {
    const old = before?.experiments.find(one => one.key === experiment.key);
    if (old?.status !== experiment.status)
      lines.push(`experiment ${experiment.key}: ${old?.status ?? 'new'} -> ${experiment.status}`);
  }
  return [...lines, '', describeRelease(release, new Date(release.issued))].join('\n');
}
