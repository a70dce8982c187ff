import {percent} from '../format-numbers.js';
import type {ArmReport, Check, ExperimentReport, VerdictCode} from '../report.js';
import {confusionFigure} from './confusion-matrix.js';
import {type Html, html} from './html.js';
import {accuracyPlot, differencePlot} from './interval-plot.js';
import {statisticsTable} from './statistics-table.js';

const looks: Record<VerdictCode, {tone: 'good' | 'bad' | 'wait'; mark: string}> = {
  better: {tone: 'good', mark: '▲'},
  not_worse: {tone: 'good', mark: '='},
  worse: {tone: 'bad', mark: '▼'},
  ratio_off: {tone: 'bad', mark: '!'},
  labels_uneven: {tone: 'bad', mark: '!'},
  too_few_labels: {tone: 'wait', mark: '…'},
  no_difference: {tone: 'wait', mark: '='},
};

/** One experiment as a card: the verdict first, then what it rests on. */
export function experimentSection(experiment: ExperimentReport): Html {
  const {key, phase, model, status, arms, comparisons, checks, notes, project} = experiment;
  const id = `${project}-${key}-${phase}`;
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${key}</h2>
    <p class="soft">
      Model ${model}, phase ${phase}${status && html`, ${status}`}${project !== 'default' && html`, project ${project}`}
    </p>
    ${comparisons.map(({verdict: {code, text}}) => {
      const {tone, mark} = looks[code];
      return html`<p class="verdict ${tone}">
        <span class="mark" aria-hidden="true">${mark}</span><span>${text}</span>
      </p>`;
    })}
    ${plots(experiment)}
    <h3>Arms</h3>
    ${statisticsTable(
      'By assigned arm, whatever answered',
      arms.map((arm, i) => ({head: armHead(arm, i), statistics: arm})),
    )}
    <h3>Can it be trusted?</h3>
    <ul>
      ${distinct(Object.values(checks) as Check[]).map(checkItem)}
      ${notes.map(note => html`<li><span class="mark" aria-hidden="true">·</span><span>${note}</span></li>`)}
    </ul>
    ${confusions(id, arms)}
  </section>`;
}

function armHead({arm, champion, version, weight}: ArmReport, i: number): Html {
  const facts = [champion ? 'champion' : null, version, weight === null ? null : percent(weight / 10_000)];
  return html`<span class="arm${Math.min(i, 3)}"><span class="swatch"></span>${arm}</span>
    <small>${facts.filter(fact => fact !== null).join(', ')}</small>`;
}

function plots({arms, comparisons, confidence}: ExperimentReport): Html {
  const rows = arms.flatMap(({arm, accuracy}, tint) =>
    accuracy === null ? [] : [{name: arm, estimate: accuracy.rate, low: accuracy.low, high: accuracy.high, tint}],
  );
  const differences = comparisons.flatMap(({arm, against, difference, low, high}, i) =>
    difference === null ? [] : [{name: `${arm} minus ${against}`, estimate: difference, low, high, tint: i + 1}],
  );
  if (rows.length === 0) return html``;
  const level = `${Number((confidence * 100).toFixed(2))} % interval`;
  return html`<div class="plots">
    <div>
      <h3>Accuracy, with its ${level}</h3>
      ${accuracyPlot(rows)}
    </div>
    ${
      differences.length > 0 &&
      html`<div>
        <h3>Difference in percentage points</h3>
        ${differencePlot(differences)}
      </div>`
    }
  </div>`;
}

const marks = {ok: '✓', alarm: '!', unknown: '·'} as const;
const spoken = {ok: 'Good: ', alarm: 'Alarm: ', unknown: ''} as const;

function checkItem({state, text}: Check): Html {
  return html`<li class="${state}">
    <span class="mark" role="img" aria-label="${spoken[state]}">${marks[state]}</span><span>${text}</span>
  </li>`;
}

const distinct = (checks: readonly Check[]) =>
  checks.filter(({text}, i) => checks.findIndex(other => other.text === text) === i);

function confusions(id: string, arms: readonly ArmReport[]): Html {
  const known = arms.filter(({confusion}) => confusion.length > 0);
  if (known.length === 0) return html``;
  return html`<details id="${id}-confusion">
    <summary>Which classes are mistaken for which</summary>
    <div class="matrices">${known.map(confusionFigure)}</div>
  </details>`;
}
