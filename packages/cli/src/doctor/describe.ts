import type {Diagnosis} from './doctor.js';
import {type Finding, type Group, groupOf, groups, type HostName} from './finding.js';

/** A diagnosis for people: what is fine in a line for each group, then warnings, errors last. */
export function describeDiagnosis({registry, page, release, host, findings, counts}: Diagnosis): string {
  const of = (level: Finding['level']) => findings.filter(finding => finding.level === level);
  return [
    `${registry}${release === undefined ? '' : `: release ${release}`}${host ? `, served by ${host}` : ''}`,
    ...(page === undefined ? [] : [`page ${page}`]),
    ...describeFine(of('ok')),
    ...of('warning').flatMap(finding => describeProblem(finding, host)),
    ...of('error').flatMap(finding => describeProblem(finding, host)),
    '',
    `${count(counts.error, 'error')}, ${count(counts.warning, 'warning')}, ${counts.ok} fine${page === undefined ? '; the page was not looked at (--page)' : ''}`,
  ].join('\n');
}

const count = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;

function describeFine(findings: readonly Finding[]): string[] {
  const names = (group: Group) => [
    ...new Set(findings.filter(({check}) => groupOf(check) === group).map(({check}) => check)),
  ];
  return (Object.keys(groups) as Group[])
    .filter(group => names(group).length > 0)
    .map(group => `  fine  ${group}: ${names(group).join(', ')}`);
}

function describeProblem({check, level, where, expected, got, fix}: Finding, host: HostName | undefined): string[] {
  const lines = host && fix?.hosts[host];
  const others = Object.keys(fix?.hosts ?? {});
  return [
    '',
    `${level.toUpperCase()}  ${groupOf(check)}: ${check}`,
    `  where     ${where}`,
    `  expected  ${expected}`,
    `  got       ${got}`,
    ...(fix ? [`  fix       ${fix.advice}`] : []),
    ...(lines === undefined ? [] : [`  ${host}:`, ...lines.split('\n').map(line => `    ${line}`)]),
    ...(lines === undefined && others.length > 0 ? [`            lines to copy: --host ${others.join(' | ')}`] : []),
  ];
}
