import {bytes, count, milliseconds, percent} from '../format-numbers.js';
import type {ArmStatistics} from '../report.js';
import {type Html, html} from './html.js';

/** A column of the table. */
export interface Column {
  /** What stands at its head. */
  head: Html;
  statistics: ArmStatistics;
}

type Cell = (statistics: ArmStatistics) => Html | string;

/** May break after an underscore and nowhere else. */
const breakable = (code: string) => code.split('_').map((part, i) => (i === 0 ? part : html`_<wbr />${part}`));

const lines = (items: readonly (string | Html)[]) =>
  items.length === 0 ? '–' : html`${items.map((item, i) => (i === 0 ? item : html`<br />${item}`))}`;

const share = (part: number, whole: number) => (whole === 0 ? '' : html`<small>${percent(part / whole)}</small>`);

const units =
  (state: keyof ArmStatistics['units'], before: keyof ArmStatistics['units']): Cell =>
  ({units: reached}) =>
    html`${count(reached[state])}${state !== before && share(reached[state], reached[before])}`;

const accuracyCell: Cell = ({accuracy}) =>
  accuracy === null
    ? '–'
    : html`${percent(accuracy.rate)}<small>${percent(accuracy.low)} to ${percent(accuracy.high)}</small>`;

const latencyCell: Cell = ({latency}) =>
  latency === null
    ? '–'
    : html`${milliseconds(latency.p50Ms)} ms<small
          >p95 ${milliseconds(latency.p95Ms)}, p99 ${milliseconds(latency.p99Ms)}</small
        >`;

const sourceNames = {model: 'the version', previous: 'the one before', baseline: 'the baseline'} as const;

const sourcesCell: Cell = ({sources, predictions}) =>
  lines(
    (['model', 'previous', 'baseline'] as const)
      .filter(source => sources[source] > 0)
      .map(source => `${sourceNames[source]} ${percent(sources[source] / predictions)}`),
  );

const rows: readonly (readonly [label: string, cell: Cell, hint?: string])[] = [
  ['Accuracy', accuracyCell, 'of labelled predictions'],
  ['Units assigned', units('assigned', 'assigned')],
  ['Units ready', units('ready', 'assigned')],
  ['Units served', units('served', 'assigned')],
  ['Units labelled', units('labelled', 'served'), 'share of served'],
  ['Predictions', ({predictions}) => count(predictions)],
  [
    'Labels',
    ({labels, judged, correct}) => html`${count(labels)}<small>${count(correct)} of ${count(judged)} right</small>`,
  ],
  ['Latency, median', latencyCell],
  [
    'Computed on',
    ({providers}) =>
      lines(
        providers.map(
          ({provider, p50Ms, predictions}) => `${provider}: ${count(predictions)}, ${milliseconds(p50Ms)} ms`,
        ),
      ),
  ],
  ['Answered by', sourcesCell],
  ['Versions', ({versions}) => lines(versions.map(({version, predictions}) => `${version}: ${count(predictions)}`))],
  [
    'Failures',
    ({failures}) => lines(failures.map(({code, stage, count: n}) => html`${count(n)} × ${breakable(code)} (${stage})`)),
  ],
  ['Lost on devices', ({dropped}) => lines(dropped.map(({reason, count: n}) => `${count(n)} × ${reason}`))],
  [
    'Installed',
    ({installs}) =>
      installs === null
        ? '–'
        : html`${count(installs.n)}<small
              >${milliseconds(installs.meanMs)} ms, ${bytes(installs.downloadedBytes / installs.n)} on average</small
            >`,
  ],
  [
    'Error of values',
    ({error}) =>
      error === null
        ? '–'
        : html`${error.mean.toPrecision(3)}<small>root mean square ${error.rootMeanSquare.toPrecision(3)}</small>`,
  ],
  ['Metrics', ({metrics}) => lines(metrics.map(({name, mean, n}) => `${name}: ${mean.toPrecision(4)} (${count(n)})`))],
];

const textOf = (cell: Html | string) => (typeof cell === 'string' ? cell : cell.text);

/** Counts and statistics, one column for each arm; rows in which no arm has anything are left out. */
export function statisticsTable(caption: string, columns: readonly Column[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="${columns.length > 2 ? 'many' : ''}">
      <thead>
        <tr>
          <th><small>${caption}</small></th>
          ${columns.map(({head}) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(([label, cell, hint], i) => {
          const cells = columns.map(({statistics}) => cell(statistics));
          if (cells.every(value => textOf(value) === '–')) return '';
          return html`<tr class="${i === 0 ? 'strong' : ''}">
            <th scope="row">${label}${hint && html`<small>${hint}</small>`}</th>
            ${cells.map(value => html`<td>${value}</td>`)}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
