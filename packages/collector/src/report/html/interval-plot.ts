import {percent, points} from '../format-numbers.js';
import {type Html, html} from './html.js';

/** One line of a plot: a name, an estimate, and the interval around it. */
export interface PlotRow {
  name: string;
  estimate: number;
  low: number;
  high: number;
  /** Which arm's colour, 0 for the champion. */
  tint: number;
}

const width = 420;
/** Room for half of an axis label. */
const margin = 28;
const left = margin;
const right = width - margin;
const rowHeight = 46;

/** Steps that a person would choose for an axis. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough) ?? power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({length: last - first + 1}, (_, i) => (first + i) * step);
}

interface Scale {
  low: number;
  high: number;
  x(value: number): number;
}

function scaleOf(values: readonly number[], floor: number, ceiling: number): Scale {
  const pad = Math.max(0.005, (Math.max(...values) - Math.min(...values)) * 0.1);
  const low = Math.max(floor, Math.min(...values) - pad);
  const high = Math.min(ceiling, Math.max(...values) + pad);
  return {low, high, x: value => left + ((value - low) / (high - low)) * (right - left)};
}

function rowMarks(row: PlotRow, i: number, scale: Scale, label: (value: number) => string): Html {
  const y = i * rowHeight + 34;
  const [low, high, at] = [row.low, row.high, row.estimate].map(value => scale.x(value).toFixed(1));
  return html`<g class="arm${Math.min(row.tint, 3)}">
    <text class="name" x="0" y="${y - 16}">${row.name}</text>
    <text class="value" x="${width}" y="${y - 16}" text-anchor="end">
      ${label(row.estimate)} (${label(row.low)} to ${label(row.high)})
    </text>
    <line class="wide" x1="${low}" x2="${high}" y1="${y}" y2="${y}" />
    <circle class="dot" cx="${at}" cy="${y}" r="6" />
  </g>`;
}

function plot(rows: readonly PlotRow[], scale: Scale, label: (value: number) => string, zero: boolean): Html {
  const bottom = rows.length * rowHeight + 4;
  const spoken = rows
    .map(row => `${row.name}: ${label(row.estimate)}, ${label(row.low)} to ${label(row.high)}`)
    .join('; ');
  return html`<svg class="plot" viewBox="0 0 ${width} ${bottom + 20}" role="img" aria-label="${spoken}">
    <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
    ${ticksOf(scale.low, scale.high).map(
      tick =>
        html`<line class="axis" x1="${scale.x(tick)}" x2="${scale.x(tick)}" y1="${bottom}" y2="${bottom + 4}" />
          <text x="${scale.x(tick)}" y="${bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
    )}
    ${zero && html`<line class="zero" x1="${scale.x(0)}" x2="${scale.x(0)}" y1="22" y2="${bottom}" />`}
    ${rows.map((row, i) => rowMarks(row, i, scale, label))}
  </svg>`;
}

/** Accuracies with their intervals. */
export function accuracyPlot(rows: readonly PlotRow[]): Html {
  const values = rows.flatMap(({low, high}) => [low, high]);
  return plot(rows, scaleOf(values, 0, 1), percent, false);
}

/** Differences in percentage points, with a line at 0. */
export function differencePlot(rows: readonly PlotRow[]): Html {
  const values = rows.flatMap(({low, high}) => [low, high]);
  return plot(rows, scaleOf([...values, 0], -1, 1), points, true);
}
