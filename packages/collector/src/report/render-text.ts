import {count, milliseconds, percent, points} from './format-numbers.js';
import type {ArmReport, ArmStatistics, ExperimentReport, Report} from './report.js';

/** A table with columns as wide as their widest cell; the first is left-aligned, the others right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => row[i]!.length)));
  return rows.map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

const heads = [
  'arm',
  'version',
  'weight',
  'assigned',
  'ready',
  'served',
  'labelled',
  'labels',
  'accuracy',
  'interval',
  'p50 ms',
  'p95 ms',
];

function cells({units, judged, accuracy, latency}: ArmStatistics): string[] {
  return [
    ...[units.assigned, units.ready, units.served, units.labelled, judged].map(count),
    accuracy ? percent(accuracy.rate) : '–',
    accuracy ? `${percent(accuracy.low)} to ${percent(accuracy.high)}` : '–',
    latency ? milliseconds(latency.p50Ms) : '–',
    latency ? milliseconds(latency.p95Ms) : '–',
  ];
}

const armRow = (arm: ArmReport) => [
  arm.champion ? `${arm.arm} *` : arm.arm,
  arm.version ?? '–',
  arm.weight === null ? '–' : percent(arm.weight / 10_000),
  ...cells(arm),
];

function failureLines(arms: readonly ArmReport[]): string[] {
  return arms.flatMap(({arm, failures}) =>
    failures.map(({code, stage, count: n}) => `  ${arm}: ${count(n)} × ${code} (${stage})`),
  );
}

function experimentText(experiment: ExperimentReport): string[] {
  const {key, phase, model, arms, comparisons, checks, notes} = experiment;
  const failures = failureLines(arms);
  const alarms = Object.values(checks).map(
    ({state, text}) => `  ${state === 'alarm' ? '!' : state === 'ok' ? '✓' : '·'} ${text}`,
  );
  return [
    `${key}, phase ${phase}, model ${model}`,
    '',
    ...comparisons.flatMap(({arm, against, difference, low, high, verdict}) => [
      `  ${verdict.text}`,
      ...(difference === null
        ? []
        : [`  ${arm} − ${against}: ${points(difference)} points, ${points(low)} to ${points(high)}`]),
    ]),
    '',
    ...table([heads, ...arms.map(armRow)]).map(line => `  ${line}`),
    '',
    ...new Set(alarms),
    ...(failures.length > 0 ? ['', '  Failures:', ...failures.map(line => `  ${line}`)] : []),
    '',
    ...notes.map(note => `  ${note}`),
    '',
  ];
}

/** The report for a terminal; `*` marks the arm that the others are compared against. Plain text, no colours. */
export function renderText({generatedAt, experiments, models}: Report): string {
  if (experiments.length + models.length === 0) return `No events yet (${generatedAt}).\n`;
  const outside = models.map(model => [model.model, ...cells(model)]);
  return [
    ...experiments.flatMap(experimentText),
    ...(outside.length > 0
      ? [
          'Units in no experiment',
          '',
          ...table([['model', ...heads.slice(3)], ...outside]).map(line => `  ${line}`),
          '',
        ]
      : []),
    `As of ${generatedAt}`,
    '',
  ]
    .map(printable)
    .join('\n');
}

/** Names come from whoever has the public write key; a terminal must not obey them. */
function printable(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
